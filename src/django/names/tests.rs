use std::sync::Arc;

use super::*;
use crate::source::SourceText;
use crate::syntax::python;

/// The uses in `source` as `line symbol`, those that matter under Django 5.2 and Python 3.12.
fn uses(path: &str, source: &str) -> Vec<String> {
    let in_migration = path.contains("/migrations/");
    let (django, python) = (Release::new(5, 2), Release::new(3, 12));
    let horizon = Horizon { django: Some(django), python: Some(python) };
    let look = first_look(source, "app", in_migration, horizon);
    let text = Arc::new(SourceText::decode(path.into(), source.as_bytes()).unwrap());
    let found = uses_in(&text, &python::parse(&text), in_migration);
    if let Interest::ImportsUpTo(end) = look.interest
        && let Some(start) = python::parse_start(&text, end)
    {
        let shown = |uses: &[NameUse]| format!("{uses:?}");
        let reached = |each: &&NameUse| match each.what {
            What::Import(fate) => horizon.reaches(fate),
            _ => true,
        };
        let found: Vec<NameUse> = found.iter().filter(reached).cloned().collect();
        let in_start: Vec<NameUse> =
            uses_in(&text, &start, in_migration).iter().filter(reached).cloned().collect();
        assert_eq!(shown(&in_start), shown(&found), "the imports are all that is of interest");
    }
    let release = |owner| if owner == Owner::Django { django } else { python };
    let shown: Vec<String> = found
        .iter()
        .filter_map(|each| {
            let line = text.line_column(each.span.start).line;
            let (symbol, gone, breaks) = match each.what {
                What::Import(fate) => (
                    &fate.symbol,
                    fate.removed <= release(fate.owner),
                    each.when.breaks_import(fate.owner, release(fate.owner)),
                ),
                What::Attribute(fate) | What::Field(fate) => (
                    &fate.symbol,
                    fate.removed <= release(fate.owner),
                    each.when.breaks_use(fate.owner, release(fate.owner)),
                ),
                What::Restored(_) | What::RestoredUsage(_) => return None,
                What::Usage(usage) => {
                    let release = release(usage.owner);
                    (&usage.name, usage.removed()? <= release, each.when.breaks_use(usage.owner, release))
                }
            };
            (gone && breaks).then(|| format!("{line} {symbol}"))
        })
        .collect();
    assert!(look.interest != Interest::Nothing || shown.is_empty(), "the first look must not lose {shown:?}");
    shown
}

#[test]
fn imports_are_found_in_every_shape() {
    let source = "from django.conf.urls import url, include\nfrom django.utils import six, timezone as tz\n\
                  import django.utils.six.moves\nfrom django.core.urlresolvers import *\n\
                  from django.utils.translation import (\n    gettext,\n    ugettext as _,\n)\n\
                  import imp\nfrom distutils.version import LooseVersion\n";
    assert_eq!(
        uses("app/a.py", source),
        [
            "1 django.conf.urls.url",
            "2 django.utils.six",
            "3 django.utils.six",
            "4 django.core.urlresolvers",
            "7 django.utils.translation.ugettext",
            "9 imp",
            "10 distutils",
        ]
    );
}

#[test]
fn attributes_are_resolved_through_aliases_and_scopes() {
    let source = "from django.utils import timezone as tz\nimport django.utils.http as h\nimport collections\n\
                  x = tz.utc\nh.urlquote('a')\ny = tz.now().utc\ncollections.Mapping\n";
    assert_eq!(
        uses("app/a.py", source),
        ["4 django.utils.timezone.utc", "5 django.utils.http.urlquote", "7 collections.Mapping"]
    );
    let source = "from datetime import datetime, timezone\nx = datetime.now(timezone.utc)\n";
    assert_eq!(uses("app/a.py", source), [""; 0]);
    let source = "from django.utils import timezone\ndef f():\n    from datetime import timezone\n    return timezone.utc\n\
                  def g(timezone):\n    return timezone.utc\ndef h():\n    return timezone.utc\n";
    assert_eq!(uses("app/a.py", source), ["8 django.utils.timezone.utc"]);
}

#[test]
fn version_guards_are_understood() {
    let source = "import django\nif django.VERSION < (1, 10):\n    from django.core.urlresolvers import reverse\nelse:\n    \
                  from django.urls import reverse\nif django.VERSION >= (2, 0):\n    from django.utils import six\n\
                  if django.VERSION[0] < 4:\n    from django.utils.encoding import force_text\n";
    assert_eq!(uses("app/a.py", source), ["7 django.utils.six"]);
    let source = "try:\n    from django.urls import reverse\nexcept ImportError:\n    from django.core.urlresolvers import reverse\n\
                  try:\n    from django.utils.encoding import force_text\nexcept (ImportError, ValueError):\n    force_text = str\n\
                  try:\n    from django.utils.encoding import smart_text\nexcept KeyError:\n    pass\n";
    assert_eq!(uses("app/a.py", source), ["10 django.utils.encoding.smart_text"]);
    let source = "def f(request):\n    try:\n        return request.is_ajax()\n    except AttributeError:\n        return 1\n\
                  def g(request):\n    return request.is_ajax()\ndef h(request):\n    return hasattr(request, 'is_ajax') and request.is_ajax()\n";
    assert_eq!(uses("app/a.py", source), ["7 is_ajax"]);
}

#[test]
fn uses_that_are_no_imports() {
    let source = "from django.db import models\nfrom django.dispatch import Signal\ns = Signal(providing_args=['a'])\n\
                  class A(models.Model):\n    f = models.NullBooleanField()\n    class Meta:\n        index_together = [('a', 'b')]\n";
    assert_eq!(
        uses("app/models.py", source),
        ["3 providing_args", "5 django.db.models.NullBooleanField", "7 index_together"]
    );
    assert_eq!(uses("app/migrations/0001_a.py", source), ["3 providing_args"]);
    let source = "class Report:\n    class Meta:\n        index_together = [('a', 'b')]\n";
    assert_eq!(uses("app/report.py", source), [""; 0]);
    assert_eq!(uses("app/__init__.py", "default_app_config = 'app.apps.A'\n"), ["1 default_app_config"]);
    assert_eq!(uses("app/a.py", "default_app_config = 'app.apps.A'\n"), [""; 0]);
    let source = "from django.utils.crypto import get_random_string\na = get_random_string()\nb = get_random_string(3)\n\
                  c = get_random_string(length=3)\nd = get_random_string(*x)\n";
    assert_eq!(uses("app/a.py", source), ["2 get_random_string"]);
    let source = "from django.db import models\nmodels.ForeignKey('a')\nmodels.ForeignKey('a', on_delete=models.CASCADE)\n\
                  models.ForeignKey('a', models.CASCADE)\n";
    assert_eq!(uses("app/a.py", source), ["2 ForeignKey"]);
    assert_eq!(
        uses("app/a.py", "request.is_ajax = f\nself.request.is_ajax()\nwidget.is_ajax()\n"),
        ["2 is_ajax"]
    );
}

#[test]
fn what_the_project_puts_back_is_no_use() {
    let source = "import django.utils.encoding\nfrom django.http import HttpRequest\n\
                  django.utils.encoding.force_text = str\nHttpRequest.is_ajax = lambda self: True\n";
    assert_eq!(uses("app/a.py", source), [""; 0]);
    let text = Arc::new(SourceText::decode("app/a.py".into(), source.as_bytes()).unwrap());
    let found: Vec<bool> = uses_in(&text, &crate::syntax::python::parse(&text), false)
        .iter()
        .map(|each| matches!(each.what, What::Restored(_) | What::RestoredUsage(_)))
        .collect();
    assert_eq!(found, [true, true]);
}

#[test]
fn names_in_comments_and_strings_are_none() {
    let source = "# from django.utils import six\nx = 'from django.utils import six'\n";
    assert_eq!(uses("app/a.py", source), [""; 0]);
}

#[test]
fn other_names_for_imports_are_followed() {
    let source = "from django.utils import timezone\nfrom django.conf import urls\ntz = timezone\nx = tz.utc\n\
                  u = urls\nv = u\nv.url('a')\ntz2 = django_tz = 1\n";
    assert_eq!(uses("app/a.py", source), ["4 django.utils.timezone.utc", "7 django.conf.urls.url"]);
    let source = "from django.dispatch import Signal as S\ns = S(providing_args=['a'])\n";
    assert_eq!(uses("app/a.py", source), ["2 providing_args"]);
    let source = "from django.dispatch import Signal\nMine = Signal\ns = Mine(providing_args=['a'])\n";
    assert_eq!(uses("app/a.py", source), ["3 providing_args"]);
    // Either of two.
    let source =
        "from django.utils import timezone\nimport datetime\ntz = timezone\ntz = datetime.timezone\ntz.utc\n";
    assert_eq!(uses("app/a.py", source), [""; 0]);
}

#[test]
fn only_imports_outside_of_blocks_need_no_more_than_the_start_of_a_file() {
    let django = Some(Release::new(5, 2));
    let interest = |source: &str| {
        let look = first_look(source, "app", false, Horizon { django, python: None });
        match look.interest {
            Interest::ImportsUpTo(end) => {
                let text = SourceText::decode("a.py".into(), source.as_bytes()).unwrap();
                let is_read = python::parse_start(&text, end).is_some();
                format!("{end} {}", if is_read { "read" } else { "not on its own" })
            }
            other => format!("{other:?}"),
        }
    };
    let import = "from django.utils.encoding import force_text\n";
    assert_eq!(import.len(), 45);
    assert_eq!(interest("x = 1\n"), "Nothing");
    assert_eq!(interest(&format!("{import}x = force_text(1)\n")), "45 read");
    assert_eq!(interest(&format!("x = (\n{import})\n")), "51 not on its own");
    assert_eq!(interest(&format!("'''\n{import}'''\n")), "49 not on its own");
    assert_eq!(interest(&format!("{import}def f():\n    {import}")), "Everything");
    assert_eq!(interest(&format!("x = 1; {import}")), "Everything");
    let also = format!("{import}from django.utils import timezone\nx = timezone.utc\n");
    assert_eq!(interest(&also), "Everything");
    assert_eq!(
        interest("from django.utils.translation import (\n    ugettext as _,\n)\n_('a')\n"),
        "59 read"
    );
    // It is there for migrations, and what is at fault is its use.
    assert_eq!(interest("from django.db.models import NullBooleanField\nNullBooleanField()\n"), "Everything");
}
