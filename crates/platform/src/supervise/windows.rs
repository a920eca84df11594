//! The Task Scheduler, through its own command.

use super::{Service, Status, SuperviseError, run, text, unlink, write};

const TASK: &str = "Rightdoor companion";

pub(super) fn install(service: &Service) -> Result<(), SuperviseError> {
    // The command reads the task from a file in UTF-16 with its mark, as the schema's header says.
    let path = std::env::temp_dir().join(format!("rightdoor-task-{}.xml", std::process::id()));
    let account = format!(
        "{}\\{}",
        std::env::var("USERDOMAIN").unwrap_or_default(),
        std::env::var("USERNAME").unwrap_or_default()
    );
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(text::scheduled_task(service, &account).encode_utf16().flat_map(u16::to_le_bytes));
    write(&path, &bytes)?;
    let created = run("schtasks", &["/Create", "/F", "/TN", TASK, "/XML", &path.to_string_lossy()]);
    unlink(&path)?;
    created?;
    if let Err(error) = run("schtasks", &["/Run", "/TN", TASK]) {
        let _ = run("schtasks", &["/Delete", "/F", "/TN", TASK]);
        return Err(error);
    }
    Ok(())
}

pub(super) fn remove() -> Result<(), SuperviseError> {
    if status() == Status::NotInstalled {
        return Ok(());
    }
    let _ = run("schtasks", &["/End", "/TN", TASK]);
    run("schtasks", &["/Delete", "/F", "/TN", TASK]).map(drop)
}

pub(super) fn status() -> Status {
    // The words of the answer are translated; the XML form only says whether the task is there.
    if run("schtasks", &["/Query", "/TN", TASK, "/XML"]).is_err() {
        return Status::NotInstalled;
    }
    match run("tasklist", &["/FI", "IMAGENAME eq rightdoor-companion.exe", "/NH", "/FO", "CSV"]) {
        Ok(said) if said.contains("rightdoor-companion.exe") => Status::Running,
        Ok(_) => Status::Stopped,
        Err(_) => Status::Unknown,
    }
}
