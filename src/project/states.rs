//! The model states of a project.

use crate::django::DjangoVersion;
use crate::django::fields::FieldClasses;
use crate::django::state::{Context, States};
use crate::source::Snapshot;

use super::Project;

impl Project {
    /// The field classes of the project; `snapshot` holds its files.
    pub fn field_classes<'s>(&self, snapshot: &'s Snapshot) -> FieldClasses<'s> {
        FieldClasses::new(snapshot, &self.root)
    }

    /// What the states depend on besides the migrations.
    pub fn state_context<'a>(&self, classes: &'a FieldClasses<'a>) -> Context<'a> {
        let settings = &self.settings;
        // Before 3.2 Django does not read DEFAULT_AUTO_FIELD.
        let reads_setting = self.versions.django.to.is_none_or(|django| django >= DjangoVersion::new(3, 2));
        let auto_field = settings.default_auto_field.as_ref().filter(|_| reads_setting);
        Context::new(classes, &settings.swappable, auto_field, &settings.undecided)
    }

    /// The states before and after every migration and operation.
    pub fn states<'p>(&'p self, context: &Context<'_>) -> States<'p> {
        States::new(&self.migrations, &self.graph, context)
    }
}
