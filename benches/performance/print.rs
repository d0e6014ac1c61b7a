//! The floor for a program in Rust: prints a line when as many threads as its argument says have started and ended, one after
//! the other. Compiled by itself.

fn main() {
    let threads = std::env::args().nth(1).map_or(0, |number| number.parse().unwrap());
    for _ in 0..threads {
        std::thread::spawn(|| std::hint::black_box(vec![0u8; 100])).join().unwrap();
    }
    println!("hello");
}
