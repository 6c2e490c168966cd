/** No two frames are closer: ten a second. */
const LEAST_GAP_MS = 100;
/** Figures that change faster cannot be read. */
const CALM_GAP_MS = 250;
/** Ages and rates move on when nothing else does. */
const IDLE_GAP_MS = 1000;
/** Drawing after events takes at most this part of a core, on any machine and any size of screen. */
const DRAWING_PART = 1 / 40;
/** How much of what drawing takes is told by the last frame; the rest by those before. */
const LAST_WEIGHT = 0.2;

/** Decides when the screen is drawn: soon after a key, calmly after events, and once a second anyway. */
export class Frames {
  readonly #draw: () => void;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | null = null;
  #dueAt = Infinity;
  #drawnAt = -Infinity;
  #drawingMs = 0;
  #stopped = false;

  /** `now`: a clock that never goes back, in milliseconds. */
  constructor(draw: () => void, now: () => number = () => performance.now()) {
    this.#draw = draw;
    this.#now = now;
  }

  /** Something was done that a person waits to see. */
  urgent(): void {
    this.#drawBy(this.#drawnAt + LEAST_GAP_MS);
  }

  calm(): void {
    this.#drawBy(this.#drawnAt + Math.max(CALM_GAP_MS, Math.min(IDLE_GAP_MS, this.#drawingMs / DRAWING_PART)));
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #drawBy(at: number): void {
    if (this.#stopped || at >= this.#dueAt) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#dueAt = at;
    this.#timer = setTimeout(() => this.#frame(), Math.max(0, at - this.#now()));
  }

  #frame(): void {
    this.#timer = null;
    this.#dueAt = Infinity;
    this.#drawnAt = this.#now();
    this.#draw();
    this.#drawingMs += (this.#now() - this.#drawnAt - this.#drawingMs) * LAST_WEIGHT;
    this.#drawBy(this.#drawnAt + IDLE_GAP_MS);
  }
}
