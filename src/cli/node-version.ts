/** The first major on which better-sqlite3 12 aborts the process while it collects garbage (from Node 24.19 on). */
const FIRST_UNUSABLE_MAJOR = 24;

/** Why the program does not run on this version of Node, and what to do; `null`: it does. */
export function nodeProblem(version: string): string | null {
  const major = Number(version.split('.')[0]);
  if (major < FIRST_UNUSABLE_MAJOR) return null;
  return (
    `llmgw runs on Node 20 and 22, and this is Node ${version}: ` +
    'better-sqlite3 12 makes Node 24 abort in the middle of work. Run it with Node 22.'
  );
}
