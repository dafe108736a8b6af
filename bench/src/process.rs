//! What Linux says a process has used: `/proc/PID/stat` and `/proc/PID/status`.

use std::fs;

/// The kernel's clock ticks in a second, the unit of the times in `/proc/PID/stat` (USER_HZ, 100 on every Linux).
const TICKS: f64 = 100.0;

/// The fields of `/proc/PID/stat` after the program's name, which may hold spaces itself.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(')')?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

/// CPU seconds (user and system) of a process, of its children, and of children that have ended, with a resolution
/// of 10 ms. PostgreSQL works in children of its postmaster. 0 for a process that is not there.
pub fn cpu_seconds(pid: u32) -> f64 {
    family(pid).into_iter().filter_map(stat).map(|fields| ticks(&fields) / TICKS).sum()
}

fn ticks(fields: &[String]) -> f64 {
    // utime, stime, cutime, cstime: fields 14 to 17 of proc(5), of which the first two were cut off.
    fields.iter().skip(11).take(4).filter_map(|field| field.parse::<f64>().ok()).sum()
}

/// CPU seconds of this process.
pub fn own_cpu_seconds() -> f64 {
    cpu_seconds(std::process::id())
}

/// Resident memory of a process in bytes.
pub fn resident_bytes(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// The process and its children, one level deep: nothing measured here goes deeper.
fn family(pid: u32) -> Vec<u32> {
    let mut found = vec![pid];
    let Ok(processes) = fs::read_dir("/proc") else { return found };
    for other in processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()) {
        if stat(other).is_some_and(|fields| fields.get(1).is_some_and(|parent| *parent == pid.to_string())) {
            found.push(other);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_process_has_used_time_and_memory() {
        let before = own_cpu_seconds();
        let mut sum = 0_u64;
        while own_cpu_seconds() - before < 0.03 {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(resident_bytes(std::process::id()).is_some_and(|bytes| bytes > 100_000));
        assert_eq!(cpu_seconds(u32::MAX), 0.0);
        assert_eq!(resident_bytes(u32::MAX), None);
    }
}
