//! The files the supervisors read. Pure text, the same whatever system this is built for.

use super::Service;

/// The companion's unit for systemd's user manager (systemd.service(5)).
#[must_use]
pub fn systemd_unit(service: &Service) -> String {
    let target = if service.is_headless() { "default.target" } else { "graphical-session.target" };
    let bound = if service.is_headless() { "" } else { "PartOf=graphical-session.target\n" };
    let words: Vec<String> = std::iter::once(service.program.to_string_lossy())
        .chain(service.arguments.iter().map(Into::into))
        .map(|word| systemd_word(&word))
        .collect();
    format!(
        "[Unit]\n\
         Description=Rightdoor keeps the registered 911 location right\n\
         {bound}After={target}\n\
         # It is started again for as long as it takes: a gap is a location nobody watches.\n\
         StartLimitIntervalSec=0\n\
         \n\
         [Service]\n\
         ExecStart={}\n\
         Restart=on-failure\n\
         RestartSec=2\n\
         # Time to tell the registry that this computer is leaving.\n\
         TimeoutStopSec=10\n\
         # A window of Rightdoor stays when the companion is started again.\n\
         KillMode=process\n\
         NoNewPrivileges=true\n\
         \n\
         [Install]\n\
         WantedBy={target}\n",
        words.join(" ")
    )
}

/// Quotes a word of `ExecStart=`, where `%` and `$` stand for something else.
fn systemd_word(word: &str) -> String {
    let mut quoted = String::from("\"");
    for character in word.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '%' | '$' => quoted.extend([character, character]),
            '\n' => quoted.push_str("\\n"),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// The companion's LaunchAgent (launchd.plist(5)).
#[must_use]
pub fn launch_agent(service: &Service) -> String {
    let words: String = std::iter::once(service.program.to_string_lossy())
        .chain(service.arguments.iter().map(Into::into))
        .map(|word| format!("        <string>{}</string>\n", xml(&word)))
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n\
         <dict>\n\
         \x20   <key>Label</key>\n\
         \x20   <string>rightdoor.companion</string>\n\
         \x20   <key>ProgramArguments</key>\n\
         \x20   <array>\n{words}\
         \x20   </array>\n\
         \x20   <key>RunAtLoad</key>\n\
         \x20   <true/>\n\
         \x20   <key>KeepAlive</key>\n\
         \x20   <dict>\n\
         \x20       <key>SuccessfulExit</key>\n\
         \x20       <false/>\n\
         \x20   </dict>\n\
         \x20   <key>ProcessType</key>\n\
         \x20   <string>Interactive</string>\n\
         </dict>\n\
         </plist>\n"
    )
}

/// The companion's scheduled task (Task Scheduler schema 1.2), at the login of one account.
#[must_use]
pub fn scheduled_task(service: &Service, account: &str) -> String {
    let arguments: Vec<String> = service.arguments.iter().map(|word| windows_word(word)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n\
         <Task version=\"1.2\" xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">\r\n\
         \x20 <RegistrationInfo><Description>Rightdoor keeps the registered 911 location right</Description></RegistrationInfo>\r\n\
         \x20 <Triggers><LogonTrigger><Enabled>true</Enabled><UserId>{account}</UserId></LogonTrigger></Triggers>\r\n\
         \x20 <Principals><Principal id=\"Author\"><UserId>{account}</UserId><LogonType>InteractiveToken</LogonType><RunLevel>LeastPrivilege</RunLevel></Principal></Principals>\r\n\
         \x20 <Settings>\r\n\
         \x20   <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>\r\n\
         \x20   <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>\r\n\
         \x20   <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>\r\n\
         \x20   <AllowHardTerminate>false</AllowHardTerminate>\r\n\
         \x20   <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>\r\n\
         \x20   <RestartOnFailure><Interval>PT1M</Interval><Count>999</Count></RestartOnFailure>\r\n\
         \x20 </Settings>\r\n\
         \x20 <Actions Context=\"Author\"><Exec><Command>{}</Command><Arguments>{}</Arguments></Exec></Actions>\r\n\
         </Task>\r\n",
        xml(&service.program.to_string_lossy()),
        xml(&arguments.join(" ")),
        account = xml(account),
    )
}

/// Quotes a word as `CommandLineToArgvW` reads it.
fn windows_word(word: &str) -> String {
    if !word.is_empty() && !word.contains([' ', '\t', '"']) {
        return word.to_owned();
    }
    let mut quoted = String::from("\"");
    let mut slashes = 0;
    for character in word.chars() {
        match character {
            '\\' => slashes += 1,
            '"' => {
                quoted.push_str(&"\\".repeat(slashes * 2 + 1));
                slashes = 0;
            }
            _ => {
                quoted.push_str(&"\\".repeat(slashes));
                slashes = 0;
            }
        }
        if character != '\\' {
            quoted.push(character);
        }
    }
    quoted.push_str(&"\\".repeat(slashes * 2));
    quoted.push('"');
    quoted
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(arguments: &[&str]) -> Service {
        Service {
            program: "/opt/right door/rightdoor-companion".into(),
            arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
        }
    }

    #[test]
    fn the_unit_starts_with_the_desktop_or_with_the_login() {
        let unit = systemd_unit(&service(&[]));
        assert!(unit.contains("ExecStart=\"/opt/right door/rightdoor-companion\"\n"), "{unit}");
        assert!(
            unit.contains("Restart=on-failure\n") && unit.contains("WantedBy=graphical-session.target\n"),
            "{unit}"
        );
        let unit = systemd_unit(&service(&["--no-tray"]));
        assert!(unit.contains("WantedBy=default.target\n") && !unit.contains("graphical"), "{unit}");
    }

    #[test]
    fn the_unit_in_the_packages_is_this_one() {
        let packaged = include_str!("../../../../src-tauri/bundle/linux/rightdoor-companion.service");
        let service = Service { program: "/usr/bin/rightdoor-companion".into(), arguments: Vec::new() };
        assert_eq!(packaged, systemd_unit(&service));
    }

    #[test]
    fn bad_input_arguments_reach_the_program_as_they_are() {
        let odd = service(&["--config", "a \"b\" 100% $HOME \\ <&>"]);
        assert!(systemd_unit(&odd).contains("\"a \\\"b\\\" 100%% $$HOME \\\\ <&>\"\n"));
        assert!(launch_agent(&odd).contains("<string>a &quot;b&quot; 100% $HOME \\ &lt;&amp;&gt;</string>"));
        assert!(
            scheduled_task(&odd, "HOST\\agent")
                .contains("<Arguments>--config &quot;a \\&quot;b\\&quot; 100%")
        );
        assert_eq!(windows_word("C:\\a b\\"), "\"C:\\a b\\\\\"");
        assert_eq!(windows_word("plain\\word"), "plain\\word");
        assert_eq!(windows_word(""), "\"\"");
    }
}
