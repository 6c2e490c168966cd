import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // One more than two cores have: files that wait for daemons and time limits leave room, many more would make them late.
    maxWorkers: 3,
    reporters: ['default'],
  },
});
