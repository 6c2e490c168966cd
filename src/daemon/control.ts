import type { ConfigChange } from '../config/watch.ts';
import type { Settings } from '../config/settings.ts';
import { NOTHING_STORED, type StoredCredentials } from '../credentials/stored-credentials.ts';
import type { ServerView } from '../canonical/feed-events.ts';
import type { PublishedEvent } from '../gateway/feed.ts';
import type { Logger } from '../std/log.ts';
import type { Secret } from '../std/secret.ts';
import type { Places } from '../std/places.ts';
import { ActiveProfile } from './active-profile.ts';
import type { StartOptions } from './daemon-file.ts';
import { fingerprint } from './fingerprint.ts';
import { InForce } from './in-force.ts';
import { logNotes } from './lite-llm-notes.ts';
import type { Lookout, LookoutPlan } from './lookout.ts';
import { Problem } from './problem.ts';
import type { Known } from './routing.ts';
import { changedServers, serverView } from './server-views.ts';
import { withStartOptions, type StartSettings } from './start-settings.ts';

export interface ControlOptions {
  readonly started: StartSettings;
  readonly start: StartOptions;
  readonly places: Places;
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
  /** Reads keychain and file as they are now; takes some seconds at most. */
  readonly readStored: () => Promise<StoredCredentials>;
  /** From now on this secret is kept out of the log. */
  readonly know: (secret: Secret) => void;
  /** Called whenever anything that routes depend on has changed. */
  readonly onChange: (known: Known) => void;
  /** What people who watch are told of. */
  readonly tell: (event: PublishedEvent) => void;
}

/** What runs can change while it runs: the settings in force, the credentials, the active profile. */
export class Control {
  readonly active: ActiveProfile;
  readonly #options: ControlOptions;
  #inForce: InForce;
  #lookout: Lookout | null = null;
  #ownPort: number;
  #configWarnings: readonly string[];
  #configProblem: string | null = null;
  #configLoadedAt = new Date();
  #servers: readonly ServerView[] = [];
  #reading: Promise<void> | null = null;
  #readingNext: Promise<void> | null = null;
  #credentialsRead = false;
  #loggedProblems: readonly string[] = [];

  constructor(options: ControlOptions) {
    this.#options = options;
    const { started, start, places, env } = options;
    this.#ownPort = started.settings.server.port;
    this.#configWarnings = started.warnings;
    this.active = new ActiveProfile({ asked: start.profile ?? null, settings: started.settings, places });
    this.#inForce = new InForce({ settings: started.settings, stored: NOTHING_STORED, env, ownPort: this.#ownPort });
  }

  get inForce(): InForce {
    return this.#inForce;
  }

  get settings(): Settings {
    return this.#inForce.settings;
  }

  get lookout(): Lookout | null {
    return this.#lookout;
  }

  get servers(): readonly ServerView[] {
    return this.#servers;
  }

  /** The stored credentials were read once: until then nobody knows what is missing. */
  get credentialsRead(): boolean {
    return this.#credentialsRead;
  }

  /** Sentences about the config that is in force. */
  get configWarnings(): readonly string[] {
    return this.#configWarnings;
  }

  /** Why the config file as it is now is not in force. */
  get configProblem(): string | null {
    return this.#configProblem;
  }

  get configLoadedAt(): Date {
    return this.#configLoadedAt;
  }

  /** From here on the port is known, and what is found outside comes from this lookout. */
  begin(ownPort: number, startLookout: (plan: LookoutPlan) => Lookout): void {
    this.#ownPort = ownPort;
    this.#putInForce(this.#made({}));
    this.#lookout = startLookout(this.#inForce.plan);
    this.lookoutChanged();
  }

  /** Somebody was found, or has gone, or serves something else. */
  lookoutChanged(): void {
    const now = (this.#lookout?.servers() ?? []).map(serverView);
    for (const server of changedServers(this.#servers, now)) this.#options.tell({ type: 'server.changed', server });
    this.#servers = now;
    this.#changed();
  }

  /** The name must be one of the profiles'. */
  useProfile(name: string): void {
    const before = this.active.chosen.name;
    this.active.use(name);
    this.#tellProfile(before);
  }

  /** At the very first start: by what the first look has found. */
  chooseProfile(hasLocalChatModel: boolean): void {
    if (this.active.isChosen) return;
    const before = this.active.chosen.name;
    try {
      this.active.chooseByFinding(hasLocalChatModel);
    } catch (err) {
      // It is in force all the same, and chosen anew at the next start.
      this.#options.logger.error({ err }, 'the choice of a profile could not be kept');
    }
    const { name, reason } = this.active.chosen;
    this.#options.logger.info({ profile: name }, `profile ${name}: ${reason}`);
    this.#tellProfile(before);
  }

  /** Reads keychain and file again. Those who ask while they are being read share one further reading after it. */
  reloadCredentials(): Promise<void> {
    if (this.#reading === null) return this.#read();
    this.#readingNext ??= this.#reading
      .catch(() => undefined)
      .then(() => {
        this.#readingNext = null;
        return this.#read();
      });
    return this.#readingNext;
  }

  /** The config file is another one now, or cannot be used. */
  configChanged(change: ConfigChange): void {
    const { logger, start } = this.#options;
    const before = this.settings;
    try {
      if (change.kind === 'rejected') throw change.error;
      const { settings, warnings } = withStartOptions(change.loaded, start);
      this.#configWarnings = [...warnings, ...needRestart(before, settings)];
      this.#putInForce(this.#made({ settings: { ...settings, server: before.server } }));
    } catch (error) {
      // What cannot be used leaves what is in force as it is.
      if (!isAboutConfig(error, change)) throw error;
      this.#setConfigProblem(error.message);
      logger.error({ problem: error.message }, 'the config was changed and cannot be used; the one before stays');
      return;
    }
    this.#configLoadedAt = new Date();
    this.#setConfigProblem(null);
    logger.info('the config was changed and is in force');
    for (const warning of this.#configWarnings) logger.warn(warning);
    logNotes(logger, change.loaded.liteLlm);
    const profileBefore = this.active.chosen.name;
    this.active.follow(this.settings);
    this.#changed();
    this.#tellProfile(profileBefore);
  }

  #read(): Promise<void> {
    this.#reading = this.#readCredentials().finally(() => (this.#reading = null));
    return this.#reading;
  }

  async #readCredentials(): Promise<void> {
    let stored;
    try {
      stored = await this.#options.readStored();
    } finally {
      this.#credentialsRead = true;
      if (stored === undefined) this.#logProblems();
    }
    this.#putInForce(this.#made({ stored }));
    this.#changed();
  }

  #made(changed: Partial<Pick<InForce, 'settings' | 'stored'>>): InForce {
    const { settings, stored } = { settings: this.#inForce.settings, stored: this.#inForce.stored, ...changed };
    return new InForce({ settings, stored, env: this.#options.env, ownPort: this.#ownPort });
  }

  #putInForce(next: InForce): void {
    const before = this.#inForce;
    const { logger, know } = this.#options;
    for (const secret of next.secrets()) know(secret);
    this.#inForce = next;
    this.#logProblems();
    const lookout = this.#lookout;
    if (lookout === null) return;
    if (fingerprint(before.plan.providers) !== fingerprint(next.plan.providers)) {
      lookout.followProviders(next.plan.providers);
    }
    if (fingerprint(serversOf(before.plan)) !== fingerprint(serversOf(next.plan))) {
      lookout.followServers(next.plan).catch((err: unknown) => {
        logger.error({ err }, 'the servers of the config could not be followed');
      });
    }
  }

  /** Each once, as long as it lasts. Before the stored keys were read nobody knows which key is missing. */
  #logProblems(): void {
    if (!this.#credentialsRead) return;
    const { problems } = this.#inForce;
    for (const problem of problems) if (!this.#loggedProblems.includes(problem)) this.#options.logger.warn(problem);
    this.#loggedProblems = problems;
  }

  #setConfigProblem(problem: string | null): void {
    if (problem === this.#configProblem) return;
    this.#configProblem = problem;
    this.#options.tell({ type: 'config.rejected', problem });
  }

  #tellProfile(before: string): void {
    const { name } = this.active.chosen;
    if (name !== before) this.#options.tell({ type: 'profile.changed', profile: name, before });
  }

  #changed(): void {
    this.#options.onChange({ inForce: this.#inForce, lookout: this.#lookout });
  }
}

function isAboutConfig(error: unknown, change: ConfigChange): error is Error {
  return error instanceof Problem || (change.kind === 'rejected' && error === change.error);
}

function serversOf({ discovery, servers }: LookoutPlan): unknown {
  return { discovery, servers };
}

/** How it listens cannot change while it does. */
function needRestart(before: Settings, after: Settings): string[] {
  const sections = [
    ...(fingerprint(before.server) === fingerprint(after.server) ? [] : ['server']),
    ...(before.ollamaPort === after.ollamaPort ? [] : ['ollama']),
  ];
  return sections.map((name) => `\`${name}:\` was changed in the config: it is in force after \`llmgw restart\`.`);
}
