//! The program `lockstep`.

fn main() -> std::process::ExitCode {
    server::cli::run()
}
