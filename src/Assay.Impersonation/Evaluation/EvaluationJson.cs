using System.Text.Json.Serialization;

namespace Assay.Impersonation.Evaluation;

internal sealed record TracePrediction(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("hold_hour")] int? HoldHour,
    [property: JsonPropertyName("discount_hour")] int? DiscountHour,
    [property: JsonPropertyName("credited")] double Credited);

internal sealed record CardPrediction([property: JsonPropertyName("id")] string Id, [property: JsonPropertyName("score")] double Score);

internal sealed record ScenarioPrediction(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("action")] string Action,
    [property: JsonPropertyName("reasons")] IReadOnlyList<string> Reasons);

[JsonSerializable(typeof(ScenarioPrediction))]
[JsonSerializable(typeof(TracePrediction))]
[JsonSerializable(typeof(CardPrediction))]
internal sealed partial class EvaluationJson : JsonSerializerContext;
