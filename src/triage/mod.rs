//! What to show: inline ignores, configured ignores, baseline and scope. What is hidden is kept and counted.
