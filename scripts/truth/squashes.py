"""The order in which Django 6.0 takes squashes: what a squash replaces comes before the squash itself."""


def inner_first(migrations):
    """The same dictionary of migrations by key, sorted, inner squashes first."""
    ordered = {}

    def add(key, above):
        if key in migrations and key not in ordered and key not in above:
            for inner in sorted(map(tuple, migrations[key].replaces)):
                add(inner, above | {key})
            ordered[key] = migrations[key]

    for key in sorted(migrations):
        add(key, frozenset())
    return ordered
