// What tests of services, loads, discovers and pickers need, on any test runner.

export {};
