namespace Assay.Formats;

/// <content>Formats recognised by signature (<see cref="KnownFormats"/>).</content>
public sealed partial record FormatId
{
    /// <summary>PNG image.</summary>
    public static FormatId Png { get; } = new("png", FormatClass.Inert);

    /// <summary>JPEG image.</summary>
    public static FormatId Jpeg { get; } = new("jpeg", FormatClass.Inert);

    /// <summary>GIF image.</summary>
    public static FormatId Gif { get; } = new("gif", FormatClass.Inert);

    /// <summary>WebP image.</summary>
    public static FormatId WebP { get; } = new("webp", FormatClass.Inert);

    /// <summary>Windows bitmap.</summary>
    public static FormatId Bmp { get; } = new("bmp", FormatClass.Inert);

    /// <summary>TIFF image.</summary>
    public static FormatId Tiff { get; } = new("tiff", FormatClass.Inert);

    /// <summary>Windows icon.</summary>
    public static FormatId Icon { get; } = new("icon", FormatClass.Inert);

    /// <summary>WAVE sound.</summary>
    public static FormatId Wav { get; } = new("wav", FormatClass.Inert);

    /// <summary>AVI video.</summary>
    public static FormatId Avi { get; } = new("avi", FormatClass.Inert);

    /// <summary>MPEG sound.</summary>
    public static FormatId Mp3 { get; } = new("mp3", FormatClass.Inert);

    /// <summary>FLAC sound.</summary>
    public static FormatId Flac { get; } = new("flac", FormatClass.Inert);

    /// <summary>Ogg sound or video.</summary>
    public static FormatId Ogg { get; } = new("ogg", FormatClass.Inert);

    /// <summary>MIDI sound.</summary>
    public static FormatId Midi { get; } = new("midi", FormatClass.Inert);

    /// <summary>ISO media (MP4, HEIC, AVIF).</summary>
    public static FormatId Mp4 { get; } = new("mp4", FormatClass.Inert);

    /// <summary>Matroska or WebM video.</summary>
    public static FormatId Matroska { get; } = new("matroska", FormatClass.Inert);

    /// <summary>OpenEXR image.</summary>
    public static FormatId OpenExr { get; } = new("openexr", FormatClass.Inert);

    /// <summary>Binary glTF scene.</summary>
    public static FormatId Gltf { get; } = new("gltf", FormatClass.Inert);

    /// <summary>DICOM image.</summary>
    public static FormatId Dicom { get; } = new("dicom", FormatClass.Inert);

    /// <summary>TrueType, OpenType or WOFF font.</summary>
    public static FormatId Font { get; } = new("font", FormatClass.Inert);

    /// <summary>Parquet table.</summary>
    public static FormatId Parquet { get; } = new("parquet", FormatClass.Inert);

    /// <summary>Arrow or Feather table.</summary>
    public static FormatId Arrow { get; } = new("arrow", FormatClass.Inert);

    /// <summary>Avro table.</summary>
    public static FormatId Avro { get; } = new("avro", FormatClass.Inert);

    /// <summary>SQLite database.</summary>
    public static FormatId Sqlite { get; } = new("sqlite", FormatClass.Inert);

    /// <summary>LevelDB table, such as the index of a TensorFlow checkpoint.</summary>
    public static FormatId LevelDbTable { get; } = new("leveldb-table", FormatClass.Inert);

    /// <summary>TFRecord file, such as TensorBoard events.</summary>
    public static FormatId TfRecord { get; } = new("tfrecord", FormatClass.Inert);

    /// <summary>SentencePiece model.</summary>
    public static FormatId SentencePiece { get; } = new("sentencepiece", FormatClass.Inert);

    /// <summary>fastText model.</summary>
    public static FormatId FastText { get; } = new("fasttext", FormatClass.Inert);

    /// <summary>FAISS index.</summary>
    public static FormatId Faiss { get; } = new("faiss", FormatClass.Inert);

    /// <summary>Nothing but zero bytes.</summary>
    public static FormatId Zeros { get; } = new("zeros", FormatClass.Inert);

    /// <summary>JSON text.</summary>
    public static FormatId Json { get; } = new("json", FormatClass.Inert);

    /// <summary>XML or HTML text.</summary>
    public static FormatId Xml { get; } = new("xml", FormatClass.Inert);

    /// <summary>Git LFS or Xet pointer: the content is elsewhere.</summary>
    public static FormatId LfsPointer { get; } = new("lfs-pointer", FormatClass.Inert);

    /// <summary>safetensors file.</summary>
    public static FormatId Safetensors { get; } = new("safetensors", FormatClass.Inert);

    /// <summary>GGUF model.</summary>
    public static FormatId Gguf { get; } = new("gguf", FormatClass.Program);

    /// <summary>GGML model before GGUF.</summary>
    public static FormatId Ggml { get; } = new("ggml", FormatClass.Inert);

    /// <summary>HDF5 file, such as a Keras model.</summary>
    public static FormatId Hdf5 { get; } = new("hdf5", FormatClass.Program);

    /// <summary>ONNX model.</summary>
    public static FormatId Onnx { get; } = new("onnx", FormatClass.Program);

    /// <summary>TensorFlow SavedModel.</summary>
    public static FormatId TfSavedModel { get; } = new("tf-savedmodel", FormatClass.Program);

    /// <summary>TensorFlow graph.</summary>
    public static FormatId TfGraph { get; } = new("tf-graph", FormatClass.Program);

    /// <summary>Core ML model.</summary>
    public static FormatId CoreMl { get; } = new("coreml", FormatClass.Program);

    /// <summary>PaddlePaddle program.</summary>
    public static FormatId Paddle { get; } = new("paddle", FormatClass.Program);

    /// <summary>TensorFlow Lite model.</summary>
    public static FormatId TfLite { get; } = new("tflite", FormatClass.Program);

    /// <summary>ExecuTorch program.</summary>
    public static FormatId ExecuTorch { get; } = new("executorch", FormatClass.Program);

    /// <summary>ONNX Runtime model.</summary>
    public static FormatId OrtModel { get; } = new("ort", FormatClass.Program);

    /// <summary>TensorRT engine.</summary>
    public static FormatId TensorRt { get; } = new("tensorrt", FormatClass.Program);

    /// <summary>CatBoost model.</summary>
    public static FormatId CatBoost { get; } = new("catboost", FormatClass.Inert);

    /// <summary>XGBoost model.</summary>
    public static FormatId XgBoost { get; } = new("xgboost", FormatClass.Inert);

    /// <summary>LightGBM model.</summary>
    public static FormatId LightGbm { get; } = new("lightgbm", FormatClass.Inert);

    /// <summary>MXNet parameters.</summary>
    public static FormatId MxNet { get; } = new("mxnet-params", FormatClass.Inert);

    /// <summary>R serialised data.</summary>
    public static FormatId RData { get; } = new("r-data", FormatClass.CodeOnLoad);

    /// <summary>MessagePack map, such as Flax weights.</summary>
    public static FormatId MessagePack { get; } = new("msgpack", FormatClass.Inert);

    /// <summary>PDF document.</summary>
    public static FormatId Pdf { get; } = new("pdf", FormatClass.Program);

    /// <summary>OLE2 compound file (old Office documents, installers).</summary>
    public static FormatId Ole { get; } = new("ole", FormatClass.Program);

    /// <summary>RTF document.</summary>
    public static FormatId Rtf { get; } = new("rtf", FormatClass.Program);

    /// <summary>7-Zip archive.</summary>
    public static FormatId SevenZip { get; } = new("7z", FormatClass.Container);

    /// <summary>RAR archive.</summary>
    public static FormatId Rar { get; } = new("rar", FormatClass.Container);

    /// <summary>Windows cabinet.</summary>
    public static FormatId Cabinet { get; } = new("cab", FormatClass.Container);

    /// <summary>XAR archive.</summary>
    public static FormatId Xar { get; } = new("xar", FormatClass.Container);

    /// <summary>LHA archive.</summary>
    public static FormatId Lha { get; } = new("lha", FormatClass.Container);

    /// <summary>ARJ archive.</summary>
    public static FormatId Arj { get; } = new("arj", FormatClass.Container);

    /// <summary>Unix ar archive.</summary>
    public static FormatId Ar { get; } = new("ar", FormatClass.Container);

    /// <summary>cpio archive.</summary>
    public static FormatId Cpio { get; } = new("cpio", FormatClass.Container);

    /// <summary>RPM package.</summary>
    public static FormatId Rpm { get; } = new("rpm", FormatClass.Container);

    /// <summary>SquashFS image.</summary>
    public static FormatId SquashFs { get; } = new("squashfs", FormatClass.Container);

    /// <summary>Apple disk image.</summary>
    public static FormatId DiskImage { get; } = new("dmg", FormatClass.Container);

    /// <summary>bzip2 stream.</summary>
    public static FormatId Bzip2 { get; } = new("bzip2", FormatClass.Container);

    /// <summary>xz stream.</summary>
    public static FormatId Xz { get; } = new("xz", FormatClass.Container);

    /// <summary>LZMA stream.</summary>
    public static FormatId Lzma { get; } = new("lzma", FormatClass.Container);

    /// <summary>LZ4 frame.</summary>
    public static FormatId Lz4 { get; } = new("lz4", FormatClass.Container);

    /// <summary>Zstandard frame.</summary>
    public static FormatId Zstd { get; } = new("zstd", FormatClass.Container);

    /// <summary>lzip stream.</summary>
    public static FormatId Lzip { get; } = new("lzip", FormatClass.Container);

    /// <summary>lzop stream.</summary>
    public static FormatId Lzop { get; } = new("lzop", FormatClass.Container);

    /// <summary>Unix compress stream.</summary>
    public static FormatId Compress { get; } = new("compress", FormatClass.Container);

    /// <summary>Snappy frame.</summary>
    public static FormatId Snappy { get; } = new("snappy", FormatClass.Container);

    /// <summary>Windows program or library.</summary>
    public static FormatId Pe { get; } = new("pe", FormatClass.Executable);

    /// <summary>ELF program or library.</summary>
    public static FormatId Elf { get; } = new("elf", FormatClass.Executable);

    /// <summary>Mach-O program or library.</summary>
    public static FormatId MachO { get; } = new("mach-o", FormatClass.Executable);

    /// <summary>Java class.</summary>
    public static FormatId JavaClass { get; } = new("java-class", FormatClass.Executable);

    /// <summary>WebAssembly module.</summary>
    public static FormatId Wasm { get; } = new("wasm", FormatClass.Executable);

    /// <summary>Android bytecode.</summary>
    public static FormatId Dex { get; } = new("dex", FormatClass.Executable);

    /// <summary>LLVM bitcode.</summary>
    public static FormatId LlvmBitcode { get; } = new("llvm-bitcode", FormatClass.Executable);

    /// <summary>Program for several systems (llamafile).</summary>
    public static FormatId Ape { get; } = new("ape", FormatClass.Executable);

    /// <summary>Windows shortcut.</summary>
    public static FormatId WindowsShortcut { get; } = new("lnk", FormatClass.Executable);

    /// <summary>Compiled Lua.</summary>
    public static FormatId LuaBytecode { get; } = new("lua-bytecode", FormatClass.Executable);

    /// <summary>Compiled HTML help.</summary>
    public static FormatId Chm { get; } = new("chm", FormatClass.Executable);
}
