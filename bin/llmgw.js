#!/usr/bin/env node
import module from 'node:module';
module.enableCompileCache?.(); // Node 22.1 and later keep compiled code between starts.
await import('../dist/cli.js');
