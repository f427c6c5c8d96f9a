# Compares the dialects' tables, tests/dialects/requests.json, doc/dialects.md and conf/.
# SPDX-License-Identifier: BSD-2-Clause
#
# With --rows it prints the tables of doc/dialects.md as they should be.
import json
import pathlib
import re
import sys

from routes import macros, value_of

CONFS = [pathlib.Path("conf/lighttpd/dialects.conf"),
         pathlib.Path("conf/lighttpd/dialects-pools.conf")]
DOCUMENT = pathlib.Path("doc/dialects.md")
REQUESTS = pathlib.Path("tests/dialects/requests.json")
PREFIXES = {"deeb": "/api"}
EXAMPLES = {":token": "3f0c7a52-9a41-4d0e-8c55-0d7f5e1c2b6a", ":chat": "12",
            ":message": "345", ":term": "word"}


def dialects_of_programs():
    """{dialect: (its routes, whether it is spoken on the main port)}"""
    found = {}
    for file in sorted(pathlib.Path("fcgi").glob("dialect_*.c")):
        text = file.read_text()
        tables = {name: [(method, value_of(path, macros(text)))
                         for method, path in re.findall(
                             r"\{\s*METHOD_(\w+),\s*([^,]+),", rows)]
                  for name, rows in re.findall(
                      r"struct dialect_route (\w+)\[\] = \{(.*?)^\};", text,
                      re.M | re.S)}
        for body in re.findall(r"^const struct dialect \w+ = \{(.*?)^\};",
                               text, re.M | re.S):
            name = re.search(r'\.name = "([^"]*)"', body).group(1)
            table = re.search(r"\.routes = (\w+)", body).group(1)
            found[name] = (tables[table], ".main_port = true" in body)
    return found


def route_of(request):
    """A documented request as a row of a table would have it."""
    path = request["path"].split("?")[0]
    prefix = PREFIXES.get(request["service"], "//")
    path = path.removeprefix(prefix).rstrip("/") or "/"
    return request["method"], re.sub(r"\{(\w+)\}", r":\1", path)


def ports_of(conf):
    """{port: names of dialects} as the web server's file has them."""
    return {int(port): names.split() for port, names in re.findall(
        r'var\.parley_port_(\d+) \{\n\tsetenv\.set-environment = '
        r'\( "PARLEY_DIALECT" => "([^"]*)" \)', conf)}


# --- the document --------------------------------------------------------------

def keys_of(shape):
    if isinstance(shape, list):
        return "[" + keys_of(shape[0]) + "]"
    return "{" + ",".join(
        key + (":" + keys_of(value) if isinstance(value, dict) else "")
        for key, value in shape.items()) + "}"


def row_of(request, services):
    asked = f"`{request['method']} {request['path']}`"
    if "body" in request:
        kind = {"json": "JSON"}.get(request["body"]["type"],
                                    request["body"]["type"])
        fields = ", ".join(f"`{name}`" for name in request["body"]["fields"])
        asked += f", {kind} {fields}"
    here = str(request["here"]["status"])
    if "shape" in request["here"]:
        here += f" `{keys_of(request['here']['shape'])}`"
    elif "text" in request["here"] and request["here"]["text"] != "html":
        here += f" `{request['here']['text']}`"
    if "why" in request:
        here += ": " + request["why"]
    port = services[request["service"]]["port"]
    return f"| {port} | {asked} | {request['there']} | {here} |"


def rows_of(requests, services):
    """{system: rows of its table}; of deeb's Postman file one says it all."""
    rows = {}
    for request in requests:
        if request["source"] != "postman":
            rows.setdefault(request["system"], []).append(
                row_of(request, services))
    return rows


# --- all together --------------------------------------------------------------

def check(complain):
    known = json.loads(REQUESTS.read_text(encoding="utf-8"))
    services, requests = known["services"], known["requests"]
    programs = dialects_of_programs()
    if set(programs) != set(services):
        complain(f"dialects are {set(programs)}, services {set(services)}")
    for request in requests:
        if request["here"]["status"] < 400 and route_of(request) not in \
                programs[request["service"]][0]:
            complain(f"{request['id']}: {route_of(request)} is no route")
    for conf in CONFS:
        check_conf(complain, conf, services, programs)
    for name, (routes, _) in programs.items():
        documented = {route_of(request) for request in requests
                      if request["service"] == name}
        for route in sorted(set(routes) - documented):
            complain(f"{REQUESTS}: has no {route} of {name}")
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    for system, rows in rows_of(requests, services).items():
        for row in rows:
            if row not in lines:
                complain(f"{DOCUMENT}: of {system} it lacks {row}")
    tables = sum(line.startswith("| ") and line[2].isdigit()
                 for line in lines)
    if tables != sum(map(len, rows_of(requests, services).values())):
        complain(f"{DOCUMENT}: has rows that are in no list")


def paths_of(name, routes):
    """The paths of a dialect, with examples in the place of names."""
    paths = set()
    for _, path in routes:
        for word, example in EXAMPLES.items():
            path = path.replace(word, example)
        paths.add(path)
        if path.startswith("/applications"):
            paths.add(PREFIXES.get(name, "") + path)
    return paths


def check_conf(complain, conf, services, programs):
    """Each port speaks its services; the main port, the paths of some."""
    text = conf.read_text()
    ports = ports_of(text)
    for name, service in services.items():
        if name not in ports.get(service["port"], ()):
            complain(f"{conf}: port {service['port']} does not speak {name}")
    regex = re.search(r'^\$HTTP\["url"\] =~ "([^"]*)"', text, re.M).group(1)
    spoken = {path for name, (routes, main_port) in programs.items()
              if main_port for path in paths_of(name, routes)}
    for name, (routes, _) in programs.items():
        for path in paths_of(name, routes):
            if bool(re.search(regex, path)) != (path in spoken):
                complain(f"{conf}: on the main port {path} of {name} is "
                         + ("not " if path in spoken else "") + "taken")


def main():
    failed = False

    def complain(text):
        nonlocal failed
        failed = True
        print(f"dialects: {text}")

    if "--rows" in sys.argv:
        known = json.loads(REQUESTS.read_text(encoding="utf-8"))
        for system, rows in rows_of(known["requests"],
                                    known["services"]).items():
            print(system, *rows, "", sep="\n")
        return False
    check(complain)
    return failed


if __name__ == "__main__":
    sys.exit(main())
