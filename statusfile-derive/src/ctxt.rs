use proc_macro2::TokenStream;
use quote::ToTokens;
use std::cell::RefCell;
use std::fmt::Display;
use std::thread;

/// Collects every mistake in one type, so that all of them are reported at once.
///
/// Must be finished: dropping it with its verdict unread is a bug in this crate, and panics.
pub(crate) struct Ctxt {
    // `None` once finished.
    mistakes: RefCell<Option<Vec<Mistake>>>,
}

struct Mistake {
    /// Where it is shown.
    tokens: TokenStream,
    message: String,
}

impl Ctxt {
    pub(crate) fn new() -> Self {
        Self {
            mistakes: RefCell::new(Some(Vec::new())),
        }
    }

    /// Reports a mistake at all of `tokens`.
    pub(crate) fn error_at(&self, tokens: impl ToTokens, message: impl Display) {
        if let Some(mistakes) = self.mistakes.borrow_mut().as_mut() {
            mistakes.push(Mistake {
                tokens: tokens.into_token_stream(),
                message: message.to_string(),
            });
        }
    }

    /// # Errors
    /// Every mistake reported so far, as one error.
    pub(crate) fn finish(self) -> syn::Result<()> {
        let mistakes = self.mistakes.take().unwrap_or_default();
        let errors = mistakes
            .into_iter()
            .map(|mistake| syn::Error::new_spanned(mistake.tokens, mistake.message));
        let all = errors.reduce(|mut all, next| {
            all.combine(next);
            all
        });
        all.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
impl Ctxt {
    /// The tokens and the message of every mistake.
    pub(crate) fn mistakes(self) -> Vec<(String, String)> {
        let mistakes = self.mistakes.take().unwrap_or_default();
        mistakes
            .into_iter()
            .map(|mistake| (mistake.tokens.to_string(), mistake.message))
            .collect()
    }

    /// The only mistake.
    pub(crate) fn mistake(self) -> (String, String) {
        let [mistake] = <[_; 1]>::try_from(self.mistakes()).expect("one mistake");
        mistake
    }
}

impl Drop for Ctxt {
    fn drop(&mut self) {
        assert!(
            self.mistakes.get_mut().is_none() || thread::panicking(),
            "the collected mistakes were never read"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::Ctxt;
    use quote::quote;

    #[test]
    fn no_mistake_is_ok() {
        assert!(Ctxt::new().finish().is_ok());
    }

    #[test]
    fn every_mistake_is_kept_in_order() {
        let cx = Ctxt::new();
        cx.error_at(quote!(a), "one");
        cx.error_at(quote!(b), "two");
        let texts: Vec<String> = cx
            .finish()
            .expect_err("two mistakes")
            .into_iter()
            .map(|error| error.to_string())
            .collect();
        assert_eq!(texts, ["one", "two"]);
    }

    #[test]
    #[should_panic(expected = "never read")]
    fn forgetting_to_finish_panics() {
        drop(Ctxt::new());
    }
}
