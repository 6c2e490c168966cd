import type { ModelServer, ServedModel } from '../canonical/model.ts';
import type { ServedModelStatus, ServerStatus } from './status.ts';

/** What is told about a model server: everything but its key. */
export function describeServer(server: ModelServer): ServerStatus {
  return {
    name: server.name,
    kind: server.kind,
    origin: server.origin,
    version: server.version,
    locality: server.locality,
    state: server.state,
    problem: server.problem,
    from_config: server.fromConfig,
    models: server.models.map(describeServedModel),
  };
}

function describeServedModel(model: ServedModel): ServedModelStatus {
  return {
    id: model.id,
    locality: model.locality,
    capabilities: model.capabilities,
    context_length: model.contextLength,
    size_bytes: model.sizeBytes,
    parameter_size: model.parameterSize,
    quantization: model.quantization,
    loaded: model.loaded,
  };
}
