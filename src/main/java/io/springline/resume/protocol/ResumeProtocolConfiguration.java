package io.springline.resume.protocol;

import io.springline.dispatch.SessionExtension;
import io.springline.dispatch.call.RequestObserver;
import io.springline.resume.ResumableSessions;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class ResumeProtocolConfiguration {

    @Bean("springlineResumeHandler")
    SessionExtension resumeHandler(
            ResumableSessions sessions, ObjectProvider<RequestObserver> observers) {
        return new ResumeHandler(sessions, RequestObserver.all(observers.orderedStream().toList()));
    }
}
