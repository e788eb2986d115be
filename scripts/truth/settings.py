"""The settings of a project as Django has them, as JSON: `settings.py FOLDER MODULE`."""

import importlib
import json
import sys


def encode(value):
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return {"number": repr(value)}
    if isinstance(value, list):
        return {"list": [encode(item) for item in value]}
    if isinstance(value, tuple):
        return {"tuple": [encode(item) for item in value]}
    if isinstance(value, (set, frozenset)):
        return {"set": sorted((encode(item) for item in value), key=repr)}
    if isinstance(value, dict):
        return {"dict": [[encode(key), encode(item)] for key, item in value.items()]}
    return {"other": type(value).__name__}


def main(folder, name):
    sys.path.insert(0, folder)
    module = importlib.import_module(name)
    from django.conf import Settings

    settings = Settings(name)
    names = [name for name in dir(module) if name.isupper()]
    print(json.dumps({name: encode(getattr(settings, name)) for name in names}))


main(*sys.argv[1:])
