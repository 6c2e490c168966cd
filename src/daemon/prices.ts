import { loadPriceBook } from '../pricing/load-price-book.ts';
import type { PriceBook } from '../pricing/price-book.ts';
import type { Logger } from '../std/log.ts';

const NOTHING_KNOWN: PriceBook = {
  priceOf: () => null,
  priceOfAudio: () => null,
  providerOf: () => null,
  contextLength: () => null,
};

/** The price data takes 30 ms to read, so it is read once the server listens; requests wait for it. */
export class Prices {
  book: PriceBook = NOTHING_KNOWN;

  /** Resolves also when the data cannot be read: then nothing has a price. */
  load(logger: Logger, onLoaded: () => void): Promise<void> {
    return loadPriceBook().then(
      (book) => {
        this.book = book;
        onLoaded();
      },
      (error: unknown) => logger.error({ err: error }, 'the price data cannot be read: nothing has a price'),
    );
  }
}
