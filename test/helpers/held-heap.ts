import v8 from 'node:v8';
import vm from 'node:vm';

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc') as () => void;

/** The bytes of the JavaScript heap that are in use, garbage aside. What Buffers hold is not among them. */
export function heldHeapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
