// Writes one kind of panic, as Rust prints it: failing <kind>.
fn charge(amount: i32) -> i32 {
    if amount < 0 {
        panic!("잘못된 금액: {}", amount);
    }
    1 / amount
}

mod shop {
    pub struct Gateway<T> { pub limit: T }

    impl<T: PartialOrd<i32>> Gateway<T> {
        pub fn pay(&self, amount: i32) -> i32 { super::charge(amount) }
    }
}

fn order(amount: i32) -> i32 { shop::Gateway { limit: 10 }.pay(amount) }

fn read() -> Result<i32, Box<dyn std::error::Error>> { Ok("x".parse::<i32>()?) }

fn recurse(depth: u64) -> u64 { if depth == u64::MAX { 0 } else { recurse(depth + 1) + 1 } }

struct Guard;

impl Drop for Guard {
    fn drop(&mut self) { panic!("while cleaning up"); }
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("message") => { charge(-1); }
        Some("divide") => { charge(std::env::args().count() as i32 - 2); }
        Some("backtrace") => { std::env::set_var("RUST_BACKTRACE", "1"); "x".parse::<i32>().unwrap(); }
        Some("unwrap") => { "x".parse::<i32>().unwrap(); }
        Some("thread") => { let _ = std::thread::Builder::new().name("worker".into()).spawn(|| charge(-1)).unwrap().join(); }
        Some("full") => { std::env::set_var("RUST_BACKTRACE", "full"); order(-1); }
        Some("closure") => { std::env::set_var("RUST_BACKTRACE", "1"); vec![1, -1].iter().map(|amount| charge(*amount)).sum::<i32>(); }
        Some("expect") => { std::fs::read_to_string("/nowhere/file.txt").expect("configuration"); }
        Some("index") => { let values = vec![1]; println!("{}", values[std::env::args().count() + 3]); }
        Some("assert") => { assert_eq!(charge(1), 2, "charge of {}", 1); }
        Some("option") => { None::<i32>.expect("no\norder"); }
        Some("overflow") => { println!("{}", i32::MAX - 1 + std::env::args().count() as i32); }
        Some("returned") => { if let Err(error) = read() { eprintln!("Error: {error:?}"); std::process::exit(1) } }
        Some("twice") => { let _guard = Guard; charge(-1); }
        Some("refcell") => { let cell = std::cell::RefCell::new(1); let _one = cell.borrow_mut(); let _two = cell.borrow_mut(); }
        Some("todo") => todo!("refunds"),
        Some("unreachable") => unreachable!("state {}", 7),
        Some("stack_overflow") => { println!("{}", recurse(0)); }
        _ => {}
    }
}
