"""What the end-to-end tests and the demo share: Lockstep as a process, third-party applications, databases."""
