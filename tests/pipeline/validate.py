"""validate.py SCHEMA DIRECTORY: the schema is a valid draft 2020-12 one; it takes every good_*.yaml and refuses those named below."""
import glob
import json
import os
import re
import sys

import jsonschema
import yaml

REFUSED = ["bad_many", "nodes_missing", "params_wrong", "resources_wrong", "version_missing", "outputs_list", "inputs_missing", "length_wrong"]


class Loader(yaml.SafeLoader):
    """Numbers as YAML 1.2 has them (3e5), like the language."""


Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$"), list("-+0123456789."))


MARKS = str.maketrans("{}[],", "\ue000\ue001\ue002\ue003\ue004")
BACK = str.maketrans("\ue000\ue001\ue002\ue003\ue004", "{}[],")


def restore(value):
    if isinstance(value, str):
        return value.translate(BACK)
    if isinstance(value, list):
        return [restore(v) for v in value]
    return {restore(k): restore(v) for k, v in value.items()} if isinstance(value, dict) else value


def load(path):
    text = open(path, encoding="utf-8").read()
    # plain YAML ends a text at the brackets of ${...} and word[...] inside { }; the language does not
    text = re.sub(r"\$\{[^}\n\"']*\}|(?<=\w)\[[^\]\n\"']*\]", lambda m: m.group().translate(MARKS), text)
    return restore(yaml.load(text, Loader))


schema = json.load(open(sys.argv[1], encoding="utf-8"))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
wrong = []
for path in sorted(glob.glob(os.path.join(sys.argv[2], "*.yaml"))):
    name = os.path.basename(path)[:-5]
    if not name.startswith("good_") and name not in REFUSED:
        continue
    try:
        errors = list(validator.iter_errors(load(path)))
    except yaml.YAMLError as problem:
        if name in REFUSED:
            continue
        wrong.append(f"{name}: {problem}")
        continue
    if name.startswith("good_") and errors:
        wrong += [f"{name}: {e.json_path}: {e.message}" for e in errors]
    if name in REFUSED and not errors:
        wrong.append(f"{name}: taken")
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
