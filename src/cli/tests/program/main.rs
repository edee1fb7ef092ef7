//! The program as its users meet it: started with arguments, judged by its output, its files and its exit code.

mod harness;
mod policy;
mod refusals;
mod run;
mod simulate;
