declare const __LLMGW_VERSION__: string | undefined;

/** The version of this build, set by scripts/build.js; sources run by a test runner say so. */
export const VERSION: string = typeof __LLMGW_VERSION__ === 'string' ? __LLMGW_VERSION__ : '0.0.0-source';
