import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Two cores: end-to-end files start real daemons, more at once only makes them late.
    maxWorkers: 2,
    reporters: ['default'],
  },
});
