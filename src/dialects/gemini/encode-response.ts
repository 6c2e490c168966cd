import type { CanonicalAnswer } from '../../canonical/answer.ts';
import type { AnswerContext } from '../dialect.ts';
import { AnswerEnd, metadataIn, PartMaker } from './answer-parts.ts';
import type { WirePart } from './wire.ts';

/** A whole `GenerateContentResponse`. */
export function encodeAnswer(answer: CanonicalAnswer, context: AnswerContext): string {
  const end = new AnswerEnd(context);
  const maker = new PartMaker(context);
  const parts: WirePart[] = [];
  end.start(answer);
  for (const { part, citations } of answer.content) {
    for (const citation of citations) end.citation(citation, end.saidLength);
    if (part.type === 'text') end.text(part.text);
    const metadata = part.type === 'foreign' && part.origin === 'gemini' ? metadataIn(part.value) : null;
    if (metadata === null) parts.push(...maker.of(part));
    else end.metadata(metadata);
  }
  end.logprobs(answer.logprobs ?? []);
  end.usage(answer.usage);
  end.finish(answer.finish);
  return JSON.stringify(end.answer(parts));
}
