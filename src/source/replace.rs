//! Writing a file in one step: who reads it meanwhile sees the old file or the new one, never a part.

use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Puts what `write` writes in the place of the file at `path`; a symbolic link stays and its target is replaced.
///
/// A file that is there keeps its permissions. What is there and is no regular file (a pipe, `/dev/null`) is written to as it stands.
///
/// # Errors
/// Those of `write`, and when the folder is not there or does not allow it; the old file is then as it was.
pub fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let resolved = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let found = resolved.metadata();
    match &found {
        Ok(found) if found.is_dir() => return Err(io::Error::other("this is a folder")),
        Ok(found) if !found.is_file() => {
            let mut out = BufWriter::new(std::fs::OpenOptions::new().write(true).open(&resolved)?);
            write(&mut out)?;
            return out.flush();
        }
        _ => {}
    }
    let folder = resolved.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Errors of the temporary file would name it, a name that nobody knows.
    let plain = |error: io::Error| match error.kind() {
        io::ErrorKind::Other => error,
        kind => io::Error::from(kind),
    };
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The umask takes from it what the user does not grant, as for any other file.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let file = builder.prefix(".bklog-lint-").tempfile_in(folder).map_err(plain)?;
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    if let Ok(found) = found {
        file.as_file().set_permissions(found.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(&resolved).map_err(|error| plain(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        replace(&path, |out| out.write_all(b"old")).unwrap();
        let failed = replace(&path, |out| {
            out.write_all(b"new")?;
            Err(io::Error::other("no more"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "no more");
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_folder_is_named_by_its_kind_alone() {
        let folder = tempfile::tempdir().unwrap();
        let error = replace(&folder.path().join("no/report.json"), |_| Ok(())).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(!error.to_string().contains(".bklog-lint-"), "{error}");
        assert!(replace(folder.path(), |_| Ok(())).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_links_and_devices_devices() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        std::fs::write(&target, "old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        replace(&link, |out| out.write_all(b"new")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read(&target).unwrap(), b"new");

        let null = folder.path().join("null");
        std::os::unix::fs::symlink("/dev/null", &null).unwrap();
        replace(&null, |out| out.write_all(b"new")).unwrap();
        assert!(!Path::new("/dev/null").is_file());
    }
}
