mod tampering;
mod writing;
mod zips;
