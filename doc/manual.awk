# manual.awk: makes doc/parley.conf.5 of its prose and of the sample file.
# SPDX-License-Identifier: BSD-2-Clause
#
# usage: awk -f doc/manual.awk doc/parley.conf.5.in conf/parley.conf.sample
#
# The sample is itself made of the table in lib/config_table.c, so that a key's
# meaning, limits and default are written down once. In the prose @keys says
# where the keys go, and what stands between "@more KEY" and the next @ is
# added to what the table says of that key.

# Words go into lines; what are macros stand in lines of their own.
function flush_line() {
	if (line != "")
		print line
	line = ""
}
function add_word(word) {
	if (length(line) + 1 + length(word) > 72)
		flush_line()
	line = line (line == "" ? "" : " ") word
}
function add_macro(macro, word, after) {
	flush_line()
	print macro " " word (after == "" ? "" : " " after)
}
function add_text(text,  words, count, i, word, after) {
	count = split(text, words, " ")
	for (i = 1; i <= count; i++) {
		word = words[i]
		after = ""
		if (word ~ /[;:,.]$/) {
			after = substr(word, length(word))
			word = substr(word, 1, length(word) - 1)
		}
		if (word in meaning && word ~ /_/)
			add_macro(".Cm", word, after)
		else if (word ~ /^parley-(admin|count|jobs)$/)
			add_macro(".Xr", word " 8", after)
		else if (word ~ /^SIG[A-Z]+$/)
			add_macro(".Dv", word, after)
		else
			add_word(words[i])
		if (after == ";")
			flush_line()
	}
	flush_line()
}
function sentence(text) {
	return toupper(substr(text, 1, 1)) substr(text, 2)
}
function print_key(key,  wanted) {
	print ".It Cm " key
	add_text(sentence(meaning[key]) ".")
	printf "%s", more[key]
	wanted = limits[key]
	if (wanted ~ /\|/)
		gsub(/\|/, ", ", wanted)
	add_text((limits[key] ~ /\|/ ? "One of " wanted : sentence(wanted)) \
		"; default" (initial[key] == "" ? ": empty." : ":"))
	if (initial[key] != "")
		print ".Li " initial[key] " ."
}

# The prose.
FNR == NR && /^@more / { into = $2; next }
FNR == NR && /^@keys/ { into = ""; behind = 1; next }
FNR == NR && /^@end/ { into = ""; behind = 2; next }
FNR == NR && into != "" { more[into] = more[into] $0 "\n"; next }
FNR == NR && behind == 2 { rest = rest $0 "\n"; next }
FNR == NR {
	if (FNR == 1)
		sub(/\.in: .*/, ": made by manual.awk; change parley.conf.5.in.")
	print
	next
}

# The sample: comments, limits in brackets, the key; an empty line ends it.
/^# \(.*\)$/ { wanted = substr($0, 4, length($0) - 4); next }
/^# / { text = text (text == "" ? "" : " ") substr($0, 3); next }
/^#[a-z_]+ =/ {
	key = substr($1, 2)
	keys[++count] = key
	meaning[key] = text
	limits[key] = wanted
	initial[key] = $3
}
/^$/ { text = "" }

END {
	for (i = 1; i <= count; i++)
		print_key(keys[i])
	printf "%s", rest
	for (key in more)
		if (!(key in meaning)) {
			print "manual.awk: no key " key >"/dev/stderr"
			exit 1
		}
}
