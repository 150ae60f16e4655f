using System.Runtime.InteropServices;

namespace Assay.Formats.Python;

/// <summary>Kinds of tokens. Brackets and fields are balanced by the lexer.</summary>
internal enum PythonTokenKind : byte
{
    EndOfLine,
    Name,
    Number,
    String,

    // An f-string: start, then texts and fields, then end.
    FormattedStart,
    FormattedText,
    FormattedEnd,
    FieldOpen,
    FieldClose,
    Exclamation,

    // IPython: the rest of a line behind "x =", and question marks that end a line.
    Magic,
    Help,

    LeftParen,
    RightParen,
    LeftSquare,
    RightSquare,
    LeftBrace,
    RightBrace,
    Comma,
    Colon,
    Semicolon,
    Dot,
    Ellipsis,
    Assign,
    Walrus,
    Arrow,
    Augmented,
    Backtick,
    Tilde,

    // Binary operators.
    At,
    Plus,
    Minus,
    Star,
    DoubleStar,
    Slash,
    DoubleSlash,
    Percent,
    Ampersand,
    Bar,
    Caret,
    LeftShift,
    RightShift,
    Less,
    Greater,
    LessEqual,
    GreaterEqual,
    Equal,
    NotEqual,

    // Keywords of all versions; the others are names that the parser knows by their text.
    And,
    As,
    Assert,
    Break,
    Class,
    Continue,
    Def,
    Del,
    Elif,
    Else,
    Except,
    False,
    Finally,
    For,
    From,
    Global,
    If,
    Import,
    In,
    Is,
    Lambda,
    None,
    Not,
    Or,
    Pass,
    Raise,
    Return,
    True,
    Try,
    While,
    With,
    Yield,
}

/// <summary>A token: a kind and a range of the source.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PythonToken(PythonTokenKind Kind, int Start, int End);
