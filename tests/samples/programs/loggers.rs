// Writes the same records with a Rust logger: loggers <kind>. Crates of Debian 12.
use anyhow::{Context, Result};
use tracing::{error, info, info_span, warn};

fn charge(amount: &str) -> Result<i32> {
    let amount: i32 = amount.parse().with_context(|| format!("결제 실패: {amount}"))?;
    Ok(1 / amount)
}

fn checkout() -> Result<i32> { charge("열").context("checkout of cart 4") }

fn traced() {
    let span = info_span!("request", request_id = "req-1", method = "POST");
    let _entered = span.enter();
    info!(order = 17, "order placed");
    error!(error = %checkout().unwrap_err(), order = 17, "charge failed");
    error!(err = ?checkout().unwrap_err(), "with the whole error");
    warn!("재고가 부족합니다");
}

fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("tracing_text") => { tracing_subscriber::fmt().with_ansi(false).init(); traced() }
        Some("tracing_coloured") => { tracing_subscriber::fmt().with_ansi(true).init(); traced() }
        Some("tracing_compact") => { tracing_subscriber::fmt().compact().with_ansi(false).init(); traced() }
        Some("tracing_pretty") => { tracing_subscriber::fmt().pretty().with_ansi(false).init(); traced() }
        Some("tracing_json") => { tracing_subscriber::fmt().json().init(); traced() }
        Some("tracing_flat") => { tracing_subscriber::fmt().json().flatten_event(true).with_line_number(true).with_file(true).init(); traced() }
        Some("env_logger") => {
            env_logger::Builder::new().filter_level(log::LevelFilter::Info).write_style(env_logger::WriteStyle::Never).target(env_logger::Target::Stdout).init();
            log::info!("order placed");
            log::error!("charge failed: {:?}", checkout().unwrap_err());
            log::warn!("재고가 부족합니다");
        }
        Some("returned") => { checkout()?; }
        _ => {}
    }
    Ok(())
}
