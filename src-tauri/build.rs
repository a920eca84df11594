//! Embeds the page and the capabilities. Runs in the repository's root, where `tauri.conf.json` is.

use std::path::Path;

/// What the window shows where its page was not built.
const PLACEHOLDER: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Rightdoor</title>\
    <h1>This window was built without its page</h1>\
    <p>The companion keeps your 911 location all the same: look at its tray icon, or type <code>rightdoorctl where</code>.</p>\
    <p>Whoever builds this: <code>cargo xtask run</code> builds the page, too.</p></html>";

fn main() {
    let index = Path::new("ui/dist/index.html");
    if !index.exists() {
        // `generate_context!` refuses to compile without a page, and a build script must not run npm.
        let placed = std::fs::create_dir_all("ui/dist").and_then(|()| std::fs::write(index, PLACEHOLDER));
        if let Err(error) = placed {
            println!("cargo:warning=ui/dist/index.html cannot be written: {error}");
        }
    }
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    println!("cargo:rerun-if-changed=ui/dist");
    println!("cargo:rerun-if-changed=src-tauri/permissions");
    let manifest = tauri_build::AppManifest::new().permissions_path_pattern("src-tauri/permissions/**/*");
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("src-tauri/capabilities/**/*")
        .app_manifest(manifest);
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo:warning=tauri-build failed: {error:#}");
        std::process::exit(1);
    }
}
