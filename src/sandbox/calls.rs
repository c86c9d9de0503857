//! The filter of system calls: what a parser in Rust needs, and nothing that reaches out of its process.
//!
//! Measured with `strace` (`docs/decisions/0052-a-process-per-document.md`): memory, the two pipes, the end.
//! Any other call ends the process.

use std::collections::BTreeMap;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

/// The name of memory that an allocator may set (`PR_SET_VMA`).
const NAME_MEMORY: u64 = 0x5356_4d41;

/// Lets nothing through any more but what a parser needs; false where the kernel has no filters, or this
/// kind of processor none of ours.
pub(super) fn give_up() -> bool {
    match program() {
        Ok(program) => seccompiler::apply_filter(&program).is_ok(),
        Err(_) => false,
    }
}

fn program() -> Result<BpfProgram, BackendError> {
    let processor = TargetArch::try_from(std::env::consts::ARCH)?;
    let filter = SeccompFilter::new(rules()?, SeccompAction::KillProcess, SeccompAction::Allow, processor)?;
    filter.try_into()
}

fn rules() -> Result<BTreeMap<libc::c_long, Vec<SeccompRule>>, BackendError> {
    let mut rules: BTreeMap<libc::c_long, Vec<SeccompRule>> = BTreeMap::new();
    for call in [
        // Memory that is there already.
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_madvise,
        libc::SYS_brk,
        // Waiting for oneself, and clocks.
        libc::SYS_futex,
        libc::SYS_sched_yield,
        libc::SYS_clock_gettime,
        libc::SYS_restart_syscall,
        // Seeds of hash tables.
        libc::SYS_getrandom,
        // Signals to oneself: the end of a program that has no memory or no stack left.
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ] {
        rules.insert(call, Vec::new());
    }
    let is = |argument, value: u64| {
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
    };
    let without = |argument, bits: u64| {
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(bits), 0)
    };
    let executable = wide(libc::PROT_EXEC);
    // No code is made at run time, and no file becomes memory.
    let no_file = is(4, u64::from(u32::MAX));
    rules.insert(libc::SYS_mmap, vec![SeccompRule::new(vec![without(2, executable)?, no_file?])?]);
    rules.insert(libc::SYS_mprotect, vec![SeccompRule::new(vec![without(2, executable)?])?]);
    // The two pipes, and what the runtime says at its end, which goes nowhere.
    rules.insert(libc::SYS_read, vec![SeccompRule::new(vec![is(0, 0)?])?]);
    let outputs = [1, 2].map(|output| SeccompRule::new(vec![is(0, output)?]));
    rules.insert(libc::SYS_write, outputs.into_iter().collect::<Result<_, _>>()?);
    // A signal to another process would be one more way out; `abort` sends it to itself.
    rules.insert(libc::SYS_tgkill, vec![SeccompRule::new(vec![is(2, wide(libc::SIGABRT))?])?]);
    rules.insert(libc::SYS_prctl, vec![SeccompRule::new(vec![is(0, NAME_MEMORY)?])?]);
    Ok(rules)
}

fn wide(number: libc::c_int) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_is_made_for_both_kinds_of_processors() {
        for processor in [TargetArch::x86_64, TargetArch::aarch64] {
            let filter = SeccompFilter::new(
                rules().unwrap(),
                SeccompAction::KillProcess,
                SeccompAction::Allow,
                processor,
            );
            let program: BpfProgram = filter.unwrap().try_into().unwrap();
            assert!((20..400).contains(&program.len()), "{}", program.len());
        }
    }

    #[test]
    fn nothing_that_reaches_out_is_let_through() {
        let rules = rules().unwrap();
        for call in [
            libc::SYS_openat,
            libc::SYS_socket,
            libc::SYS_connect,
            libc::SYS_clone,
            libc::SYS_clone3,
            libc::SYS_execve,
            libc::SYS_execveat,
            libc::SYS_kill,
            libc::SYS_ptrace,
            libc::SYS_process_vm_readv,
            libc::SYS_io_uring_setup,
            libc::SYS_ioctl,
            libc::SYS_sendmsg,
            libc::SYS_recvmsg,
            libc::SYS_memfd_create,
            libc::SYS_bpf,
            libc::SYS_prlimit64,
            libc::SYS_setsid,
        ] {
            assert!(!rules.contains_key(&call), "{call}");
        }
    }
}
