import type { CanonicalRequest } from '../canonical/request.ts';

/**
 * Whether it matters that this was left out of a request: the rule of `x-llmgw-dropped` and of `drop_params`. A value
 * that is what happens anyway is missed by nobody, and clients there are that write all of them out.
 */
export function changesSomething(dropped: string, request: CanonicalRequest): boolean {
  const { sampling, tools, toolChoice } = request;
  switch (dropped) {
    case 'cache_control':
      // What a prompt costs, and nothing of what is answered; in a block as at the top of a body.
      return false;
    case 'temperature':
      return sampling.temperature !== 1;
    case 'top_p':
      return sampling.topP !== 1;
    case 'frequency_penalty':
      return sampling.frequencyPenalty !== 0;
    case 'presence_penalty':
      return sampling.presencePenalty !== 0;
    case 'verbosity':
      return request.verbosity !== 'medium';
    case 'service_tier':
      return request.serviceTier !== 'auto' && request.serviceTier !== 'default';
    case 'parallel_tool_calls':
      return request.parallelToolCalls === false && tools.length > 0;
    case 'tool_choice':
      return toolChoice?.kind !== 'auto' && (toolChoice?.kind !== 'none' || tools.length > 0);
    default:
      return true;
  }
}
