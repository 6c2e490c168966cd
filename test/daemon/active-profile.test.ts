import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSettings } from '../../src/config/parse.ts';
import type { Settings } from '../../src/config/settings.ts';
import { ActiveProfile } from '../../src/daemon/active-profile.ts';
import { findPlaces, type Places } from '../../src/std/places.ts';

let places: Places;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmgw-profile-'));
  places = findPlaces({ LLMGW_HOME: folder });
  mkdirSync(places.data, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A config that names this profile, and knows one of the user's own. */
function settings(profile: string | null, more = 'own: {}'): Settings {
  const text = `profiles: {${more}}\n${profile === null ? '' : `profile: ${profile}\n`}`;
  return parseSettings({ file: 'config.yaml', text, readableByOthers: false }, {}).settings;
}

function start(asked: string | null, config: Settings): ActiveProfile {
  return new ActiveProfile({ asked, settings: config, places });
}

describe('the profile of a start', () => {
  it('is chosen by what is found at the very first, and stays', () => {
    const first = start(null, settings(null));
    expect({ isChosen: first.isChosen, name: first.chosen.name }).toEqual({ isChosen: false, name: 'dev' });
    first.chooseByFinding(false);
    expect(first.chosen).toEqual({ name: 'prod', reason: 'no local chat model was found' });
    // A local model that is there now changes nothing.
    const second = start(null, settings(null));
    second.chooseByFinding(true);
    expect(second.chosen).toEqual({ name: 'prod', reason: 'no local chat model was found at the first start' });
  });

  it.each<[string, string | null, string | null, string | null, string]>([
    ['--profile before everything', 'own', 'dev', 'prod', 'own'],
    ['the one used last before the config', null, 'prod', 'dev', 'prod'],
    ['the config where none was used', null, null, 'own', 'own'],
    ['the one used last where the config names none', null, 'own', null, 'own'],
  ])('%s', (_what, asked, used, configured, expected) => {
    if (used !== null) start(null, settings(configured)).use(used);
    expect(start(asked, settings(configured)).chosen.name).toBe(expected);
  });

  it('is the config’s when that was changed since one was used, and not one that is no more', () => {
    start(null, settings('dev')).use('own');
    expect(start(null, settings('prod')).chosen.name).toBe('prod');
    start(null, settings(null)).use('own');
    expect(start(null, settings(null, '')).isChosen).toBe(false);
  });
});

describe('a config that changes while it runs', () => {
  it.each<[string, string | null, readonly (string | null)[], string]>([
    ['names another', 'prod', ['own'], 'own'],
    ['names another and then the first again', 'prod', ['own', 'dev'], 'dev'],
    ['says something else', 'own', ['dev'], 'own'],
    ['names none any more', 'own', [null], 'own'],
  ])('%s: the same now and after a restart', (_what, used, changes, expected) => {
    const running = start(null, settings('dev'));
    if (used !== null) running.use(used);
    for (const change of changes) running.follow(settings(change));
    expect(running.chosen.name).toBe(expected);
    expect(start(null, settings(changes.at(-1) ?? null)).chosen.name).toBe(expected);
  });

  it('has lost the one in force: the one that spends nothing', () => {
    const running = start(null, settings(null));
    running.use('own');
    running.follow(settings(null, ''));
    expect(running.chosen).toEqual({ name: 'dev', reason: 'own is no more in the config' });
  });

  it('leaves the one that was asked for on the command line', () => {
    const running = start('own', settings(null));
    running.follow(settings('prod'));
    expect(running.chosen.name).toBe('own');
  });

  it('comes during the very first look: its word counts', () => {
    const running = start(null, settings(null));
    running.follow(settings('own'));
    running.chooseByFinding(false);
    expect(running.chosen).toEqual({ name: 'own', reason: 'chosen in the config' });
  });
});
