# Compares the route tables in fcgi/ with doc/openapi.yaml and the web servers in conf/.
# SPDX-License-Identifier: BSD-2-Clause
#
# With the standard library alone, so that it runs wherever Parley is built:
# of YAML and C it reads just the lines that these files are made of.
import pathlib
import re
import sys

FAMILIES = ("applications", "chats", "messages", "search", "status")
# In which the web servers' configurations have their blocks.
ORDER = ["search", "messages", "chats", "applications", "status"]
PARAMETERS = {"{token}": ":token", "{chat_number}": ":chat",
              "{number}": ":message"}
EXAMPLES = {":token": "3f0c7a52-9a41-4d0e-8c55-0d7f5e1c2b6a", ":chat": "12",
            ":message": "345"}
# Paths that are no routes belong to the program that says 404 to them.
NO_ROUTES = {"/": "status", "/api/v1/nothing": "status",
             "/api/v1/applications/x/y": "status",
             "/api/v1/applications/x/chats/1/messages/2/3": "status"}


def macros(text):
    """Names that are defined as strings, perhaps out of other names."""
    return dict(re.findall(r'^#define\s+(\w+)[ \t]+((?:\w+\s+)?"[^"]*")$',
                           text, re.M))


def value_of(expression, defined):
    """The value of a C expression of names and string literals."""
    return "".join(part[1:-1] if part.startswith('"')
                   else value_of(defined[part], defined)
                   for part in re.findall(r'"[^"]*"|\w+', expression))


def routes_of_programs():
    """{(method, path): family} out of the tables in fcgi/."""
    api = macros(pathlib.Path("fcgi/route.h").read_text())
    routes = {}
    for family in FAMILIES:
        text = pathlib.Path(f"fcgi/{family}.c").read_text()
        table = re.search(r"struct route routes\[\] = \{(.*?)^\};", text,
                          re.M | re.S).group(1)
        for method, path in re.findall(r"\{\s*METHOD_(\w+),\s*([^,]+),",
                                       table):
            key = (method, value_of(path, {**api, **macros(text)}))
            if key in routes:
                sys.exit(f"routes: {key} is in {family} and {routes[key]}")
            routes[key] = family
    return routes


def routes_of_document():
    """{(method, path)} out of doc/openapi.yaml."""
    text = pathlib.Path("doc/openapi.yaml").read_text(encoding="utf-8")
    paths = re.search(r"^paths:\n(.*?)^\w", text, re.M | re.S).group(1)
    routes, path = set(), None
    for line in paths.splitlines():
        if found := re.match(r"  (/\S*):$", line):
            path = found.group(1)
            for name, short in PARAMETERS.items():
                path = path.replace(name, short)
        elif found := re.match(r"    (get|post|put|patch|delete):$", line):
            routes.add((found.group(1).upper(), path))
    return routes


def family_of(body, conf):
    """The family whose program or sockets a block names."""
    families = set(re.findall(r"parley-([a-z]+)", body)) or set(
        re.findall(r"/([a-z]+)(?:-\d+)?\.sock", body))
    if len(families) != 1:
        sys.exit(f"routes: {conf}: a block is for {families}: {body}")
    return families.pop()


def of_lighttpd(text, conf):
    """[(regex, whether it must match, family)]"""
    return [(regex, operator == "=~", family_of(body, conf))
            for operator, regex, body in re.findall(
                r'^\$HTTP\["url"\] (=~|!~) "([^"]*)" \{(.*?)^\}', text,
                re.M | re.S)]


def of_apache(text, conf):
    return [(regex, True, family_of(body, conf))
            for regex, body in re.findall(
                r'^(?:ProxyPass|Alias)Match "([^"]*)" (.*)$', text, re.M)]


def of_nginx(text, conf):
    table = re.search(r"^map \$parley_path (.*?)^\}", text,
                      re.M | re.S).group(1)
    return [(regex or "", True, family_of(pool, conf))
            for regex, pool in re.findall(
                r'^\t(?:"~(\S*)"|default) ([^;]*);', table, re.M)]


def members_of(text):
    """The sockets that a configuration names, as the stack calls them."""
    return sorted(re.findall(r"/([a-z]+-\d+)\.sock", text))


def sockets_of_target():
    """Those that systemd opens for all of Parley."""
    text = pathlib.Path("conf/systemd/parley.target").read_text()
    return sorted(re.findall(r"parley@([a-z]+-\d+)\.socket",
                             re.sub(r"^#.*\n", "", text, flags=re.M)))


# Where the routes of each server stand. first: patterns may overlap, and the
# first that matches decides.
CONFIGURATIONS = {
    "conf/lighttpd/parley.conf": (of_lighttpd, False),
    "conf/lighttpd/parley-pools.conf": (of_lighttpd, False),
    "conf/apache/parley.conf": (of_apache, True),
    "conf/apache/parley-fcgid.conf": (of_apache, True),
    "conf/nginx/upstreams.conf": (of_nginx, True),
}


def main():
    failed = False

    def complain(text):
        nonlocal failed
        failed = True
        print(f"routes: {text}")

    routes, documented = routes_of_programs(), routes_of_document()
    for method, path in sorted(routes.keys() - documented):
        complain(f"{method} {path} is not in doc/openapi.yaml")
    for method, path in sorted(documented - routes.keys()):
        complain(f"{method} {path} is in doc/openapi.yaml, in no program")
    paths = dict(NO_ROUTES)
    for (_, path), family in routes.items():
        for name, example in EXAMPLES.items():
            path = path.replace(name, example)
        paths[path] = family
    pools = {}
    for conf, (blocks_of, first) in CONFIGURATIONS.items():
        text = pathlib.Path(conf).read_text()
        # What is commented out is no route.
        text = re.sub(r"^\s*#.*\n", "", text, flags=re.M)
        blocks = blocks_of(text, conf)
        for path, family in paths.items():
            takers = [name for regex, wanted, name in blocks
                      if bool(re.search(regex, path)) == wanted]
            if (takers[:1] if first else takers) != [family]:
                complain(f"{conf}: {path} is {family}'s; goes to {takers}")
        order = [name for _, _, name in blocks]
        if order != ORDER:
            complain(f"{conf}: the families stand in the order {order}")
        pools[conf] = members_of(text)
    pools["conf/systemd/parley.target"] = sockets_of_target()
    if len({str(members) for members in pools.values() if members}) != 1:
        complain(f"the pools have different members: {pools}")
    if len(routes) < 15:
        complain(f"only {len(routes)} routes were found in fcgi/")
    return failed


if __name__ == "__main__":
    sys.exit(main())
