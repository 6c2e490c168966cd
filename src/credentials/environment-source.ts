import type { Provider } from '../providers/provider.ts';
import type { CredentialFinding, CredentialSource } from './credential-source.ts';
import { Secret } from '../std/secret.ts';
import { judgeKey } from './judge-key.ts';

/** Credentials in environment variables by each provider's convention: the first with a usable value wins. */
export function environmentSource(env: NodeJS.ProcessEnv): CredentialSource {
  return { belongsTo: 'given_address', find: (provider) => findInEnvironment(provider, env) };
}

function findInEnvironment(provider: Provider, env: NodeJS.ProcessEnv): CredentialFinding {
  const problems: string[] = [];
  for (const variable of provider.keyVariables) {
    const value = env[variable]?.trim() ?? '';
    if (value === '') continue;
    const objection = judgeKey(value, provider.refusedKeyPrefixes);
    if (objection === null) {
      return { credential: { secret: new Secret(value), where: `${variable} (environment)` }, problems };
    }
    problems.push(`${variable} is ignored: ${objection}`);
  }
  return { credential: null, problems };
}
