// Loaded into a server that is measured, so that it can be told to give back what it no longer uses.
process.on('SIGUSR2', () => (globalThis as { gc?: () => void }).gc?.())
