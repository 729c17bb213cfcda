/** The few lines of a test runner that every runtime can run. */

let failures = 0;

export async function check(name: string, run: (expect: (came: unknown, expected: unknown) => void) => Promise<void>) {
  try {
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error("took over 10 s")), 10_000).unref?.();
    });
    const expect = (came: unknown, expected: unknown) => {
      if (came !== expected) throw new Error(`expected ${String(expected)}, came ${String(came)}`);
    };
    await Promise.race([run(expect), late]);
    console.log(`  ok   ${name}`);
  } catch (error) {
    failures += 1;
    console.log(`  FAIL ${name}: ${error instanceof Error ? error.stack : String(error)}`);
  }
}

/** Ends the process; what a runtime keeps open must not hold it. */
export function report(): never {
  process.exit(failures === 0 ? 0 : 1);
}
