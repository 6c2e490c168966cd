import type { CacheMark } from '../../canonical/parts.ts';
import type { Dropped } from './dropped.ts';
import type { ConverseModel } from './models.ts';
import type { CachePoint } from './wire.ts';

/** Where the prompt is cached, as blocks: one behind what is marked, none where the model has no cache. */
export function cachePoints(mark: CacheMark | null, model: ConverseModel, dropped: Dropped): readonly CachePoint[] {
  if (mark === null) return [];
  if (model.cache === 'none') {
    dropped.add('cache_control');
    return [];
  }
  return [cachePoint(mark, model)];
}

/** Five minutes are the default, and all that older models know. */
export function cachePoint(mark: CacheMark, model: ConverseModel): CachePoint {
  const isHour = mark === '1h' && model.hourLongCache;
  return { cachePoint: { type: 'default', ...(isHour ? { ttl: '1h' as const } : {}) } };
}
