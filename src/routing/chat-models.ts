import type { ServedModel } from '../canonical/model.ts';

/** Names of models that do not chat, or cost much for a greeting; lists of ids say nothing else about them. */
const NO_CHAT =
  /embed|rerank|whisper|tts|audio|image|dall-e|moderation|realtime|transcri|guard|search|ocr|speech|video|sora|veo/i;
/** Local models whose names do not say what they are for: embedders. */
const EMBEDDER = /embed|rerank|(^|[/_-])(all-minilm|bge|gte|e5|colbert)([-_:.]|$)/i;
const EMBEDDING_NAME = /embed/i;

/** Whether the name of a model that nothing else is known of may be one that chats. */
export function soundsLikeChat(id: string): boolean {
  return !NO_CHAT.test(id) && !EMBEDDER.test(id);
}

/** Whether a name is an embedding model's, whichever endpoint it is asked for at. */
export function soundsLikeEmbedding(name: string): boolean {
  return EMBEDDING_NAME.test(name);
}

/** Whether a model may chat: its server says so, or says nothing and its name does not speak against it. */
export function mayChat({ id, capabilities }: ServedModel): boolean {
  return capabilities === null ? soundsLikeChat(id) : capabilities.includes('chat');
}

/** Whether a model may answer prompts of any kind with text. */
export function mayAnswerText(model: ServedModel): boolean {
  return mayChat(model) || model.capabilities?.includes('completion') === true;
}
