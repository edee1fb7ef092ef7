//! An example: who is online, as an HTTP service on tokio.
//!
//! ```text
//! cargo run --release -p autoshard-service -- --file users
//! curl -X PUT localhost:3000/users/7 -H 'content-type: application/json' -d '{"state": "away", "text": "lunch"}'
//! curl localhost:3000/users/7
//! ```
//!
//! No handler waits for a thread: writes are staged, a full queue is an answer (503), and what takes time is a future. [`users`] has the rules.
#![forbid(unsafe_code)]

mod api;
mod users;

use std::{error::Error, net::SocketAddr, path::PathBuf, sync::Arc};

use clap::Parser;
use tokio::{net::TcpListener, runtime::Runtime, signal};

use users::Users;

/// Says who is online.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Where it listens.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// File in which statuses outlive the service; without it, none does.
    #[arg(long)]
    file: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    // Opened before the runtime is there, and dropped after it: both wait for the disk.
    let users = Arc::new(Users::open(args.file.as_deref())?);
    Runtime::new()?.block_on(serve(args.listen, Arc::clone(&users)))?;
    println!("{} users are kept.", users.count());
    Ok(())
}

async fn serve(listen: SocketAddr, users: Arc<Users>) -> std::io::Result<()> {
    let listener = TcpListener::bind(listen).await?;
    println!("Listening on http://{}.", listener.local_addr()?);
    let stop = async { drop(signal::ctrl_c().await) };
    axum::serve(listener, api::router(users)).with_graceful_shutdown(stop).await
}
