// Writes one kind of panic, as Rust prints it: failing <kind>.
fn charge(amount: i32) -> i32 {
    if amount < 0 {
        panic!("잘못된 금액: {}", amount);
    }
    1 / amount
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("message") => { charge(-1); }
        Some("divide") => { charge(std::env::args().count() as i32 - 2); }
        Some("backtrace") => { std::env::set_var("RUST_BACKTRACE", "1"); "x".parse::<i32>().unwrap(); }
        Some("unwrap") => { "x".parse::<i32>().unwrap(); }
        Some("thread") => { let _ = std::thread::Builder::new().name("worker".into()).spawn(|| charge(-1)).unwrap().join(); }
        _ => {}
    }
}
