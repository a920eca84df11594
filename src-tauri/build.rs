//! Embeds the page and the capabilities. Runs in the repository's root, where `tauri.conf.json` is.

use std::path::Path;

fn main() {
    let index = Path::new("ui/dist/index.html");
    if !index.exists() {
        // `generate_context!` refuses to compile without a page, and a build script must not run npm:
        // the page as it stands in ui/ is embedded instead.
        let placed = std::fs::create_dir_all("ui/dist").and_then(|()| std::fs::copy("ui/index.html", index));
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
