use super::*;
use crate::findings::Lang;
use crate::project::{Options, assemble};
use crate::source::Snapshot;

const FILES: [(&str, &str); 5] = [
    (
        "manage.py",
        "import os\nfrom django.core.management import execute_from_command_line\n\
         os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'proj.settings.dev')\n",
    ),
    (
        "proj/settings/base.py",
        "import os\nSECRET_KEY = 'x9-k2!vq8z'\nDEBUG = os.environ.get('DEBUG', False)\nAPPS = ('a',)\n\
         BROKER_URL = 'amqp://shop:pa55-word@rabbit:5672//'\nQUEUE = 'redis://:pa55@' + os.environ['HOST']\n\
         DATABASES = {'default': {'NAME': 'shop', 'PASSWORD': 'pa55-word'}}\nVERSION = open('V').read()\n",
    ),
    ("proj/settings/dev.py", "from .base import *\nDEBUG = True\nEXTRA = 1\n"),
    (
        "proj/settings/prod.py",
        "from .base import *\nAPPS += ('b',)\ntry:\n    from .local import *\nexcept ImportError:\n    pass\n",
    ),
    ("proj/__init__.py", ""),
];

fn projects() -> Vec<Project> {
    let snapshot = Snapshot::from_memory(FILES.iter().map(|(path, text)| (*path, text.as_bytes())));
    assemble(snapshot, &Options { name: "shop".into(), ..Options::default() }).projects
}

#[test]
fn json_tells_values_reasons_and_places_and_no_secret() {
    let shown = serde_json::to_string_pretty(&settings_json(&projects(), &Only::default())).unwrap();
    assert!(!shown.contains("pa55") && !shown.contains("x9-k2"), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn text_shows_what_environments_share_once() {
    let english = settings_text(&projects(), &Only::default(), Lang::En);
    assert!(!english.contains("pa55") && !english.contains("x9-k2"), "{english}");
    insta::assert_snapshot!(english);
    insta::assert_snapshot!(settings_text(&projects(), &Only::parse("DEBUG"), Lang::Zh));
}
