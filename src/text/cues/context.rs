//! Context signals: 没有, 去年, 万一, 已扑灭 … around a cue.

use crate::domain::{Context, ContextKind, Scope};

use super::{
    layout::Layout,
    words::{Book, Found, Key, Place},
};

/// A context with its words as keys of the automaton.
#[derive(Debug)]
pub(super) struct Signals {
    pub(super) kind: ContextKind,
    before: Vec<Key>,
    after: Vec<Key>,
    except: Vec<Key>,
    reset: Vec<Key>,
    reach: usize,
    scope: Scope,
}

impl Signals {
    pub(super) fn compile(context: &Context, book: &mut Book) -> Self {
        Self {
            kind: context.kind,
            before: book.keys(&context.before),
            after: book.keys(&context.after),
            except: book.keys(&context.except),
            reset: book.keys(&context.reset),
            reach: context.reach,
            scope: context.scope,
        }
    }

    /// Whether one of the words stands where it cancels a cue.
    pub(super) fn hold(&self, cue: Place, found: &Found, layout: &Layout) -> bool {
        let in_scope = |word: Place| {
            let (first, last) = if word.end <= cue.start { (word.start, cue.start) } else { (cue.end - 1, word.start) };
            match self.scope {
                Scope::Clause => layout.same_clause(first, last),
                Scope::Sentence => layout.same_sentence(first, last),
                Scope::Text => true,
            }
        };
        let over = |word: Place| {
            let (from, to) = if word.end <= cue.start { (word.end, cue.start) } else { (cue.end, word.start) };
            self.reset.iter().any(|key| found.between(*key, from, to))
        };
        let counts =
            |word: &Place| in_scope(*word) && !self.except.iter().any(|key| found.covers(*key, *word)) && !over(*word);
        let stands = |keys: &[Key], wanted: fn(Place, Place) -> bool| {
            keys.iter()
                .any(|key| found.near(*key, cue, self.reach).filter(|word| wanted(*word, cue)).any(|w| counts(&w)))
        };
        stands(&self.before, |word, cue| word.end <= cue.start)
            || stands(&self.after, |word, cue| word.start >= cue.end)
    }
}
