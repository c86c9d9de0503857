//! Closes whatever a process was started with besides its three standard streams.

/// Closes every descriptor from 3 on; false where the system cannot do it at once.
#[cfg(target_os = "linux")]
pub(super) fn close_others() -> bool {
    const FIRST: libc::c_uint = 3;
    let rest = libc::c_uint::MAX;
    // The one unsafe line of the house: no safe interface closes what nobody owns. Nothing here owns a
    // descriptor from 3 on: the process has only begun, has one thread, and has opened nothing.
    #[allow(unsafe_code, reason = "see above")]
    let closed = unsafe { libc::syscall(libc::SYS_close_range, FIRST, rest, 0 as libc::c_uint) };
    closed == 0
}

/// As there is no such call, nothing is closed.
#[cfg(not(target_os = "linux"))]
pub(super) fn close_others() -> bool {
    false
}
