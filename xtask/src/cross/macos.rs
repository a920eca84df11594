//! A C compiler for macOS: SQLite and ring are C. Nothing is linked.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::shell::{command, read, run};

/// The compiler is zig's, which comes as a Python package.
const ZIG: &str = "ziglang==0.17.1";

/// Between build scripts, which speak to Apple's compiler, and zig: drops the options that zig words differently. Zig has no
/// Objective-C headers, so such a file becomes an empty one: what calls it is type-checked, what it does is not.
const SHIM: &str = r#"#!/bin/sh
# Made by `cargo xtask prove cross`.
output= previous= skip= objective= first=yes
for word in "$@"; do
    [ "$first" ] && { set --; first=; }
    [ "$previous" = -o ] && output=$word
    previous=$word
    case $word in *.m | *.mm) objective=yes ;; esac
    [ "$skip" ] && { skip=; continue; }
    case $word in
        --target=* | -mmacosx-version-min=* | -mmacos-version-min=*) ;;
        -arch | -isysroot | -target) skip=yes ;;
        *) set -- "$@" "$word" ;;
    esac
done
if [ "$objective" ]; then
    echo 'int nothing_of_objective_c;' > "$output.empty.c"
    set -- -c "$output.empty.c" -o "$output"
fi
ZIG_GLOBAL_CACHE_DIR=@folder@ ZIG_LOCAL_CACHE_DIR=@folder@ exec @zig@ cc -target aarch64-macos "$@"
"#;

/// Installs zig where it is missing, and gives the compiler.
pub fn compiler(folder: &Path) -> Result<PathBuf> {
    let venv = folder.join("zig");
    let python = venv.join("bin/python3");
    let ask = ["-c", "import ziglang, os; print(os.path.join(os.path.dirname(ziglang.__file__), 'zig'))"];
    let find = || read(&mut command(&python.to_string_lossy(), ask));
    let zig = match find() {
        Ok(found) => found,
        Err(_) => {
            run(command("python3", ["-m", "venv"]).arg(&venv))?;
            run(&mut command(&python.to_string_lossy(), ["-m", "pip", "install", "--quiet", ZIG]))
                .with_context(|| format!("{ZIG} is needed to compile C for macOS, from PyPI"))?;
            find()?
        }
    };
    let shim = folder.join("cc-for-macos");
    let quoted = |path: &str| format!("'{}'", path.replace('\'', r"'\''"));
    let text = SHIM
        .replace("@zig@", &quoted(zig.trim()))
        .replace("@folder@", &quoted(&folder.join("zig-cache").to_string_lossy()));
    if !fs::read_to_string(&shim).is_ok_and(|old| old == text) {
        fs::write(&shim, text)?;
        run(command("chmod", ["+x"]).arg(&shim))?;
    }
    Ok(shim)
}
